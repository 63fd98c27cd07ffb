#include "tools/launch/launcher.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "tools/launch/find_program.hpp"
#include "tools/launch/output_of.hpp"

namespace joulepath::tools {
namespace {

bool starts_with_any(const std::string& name, std::initializer_list<const char*> prefixes) {
  for (const char* prefix : prefixes)
    if (name.starts_with(prefix)) return true;
  return false;
}

Launcher by_name(const std::string& name) {
  if (starts_with_any(name, {"orterun", "prterun", "prun"})) return Launcher::kOpenMpi;
  if (name == "srun") return Launcher::kSrun;
  if (!starts_with_any(name, {"mpirun", "mpiexec"})) return Launcher::kNone;
  if (name.ends_with(".openmpi")) return Launcher::kOpenMpi;
  if (name.ends_with(".mpich") || name.ends_with(".hydra")) return Launcher::kHydra;
  return Launcher::kNone;
}

}  // namespace

Launcher identify_launcher(const std::string& program) {
  const std::string name = std::filesystem::path(program).filename();
  if (const Launcher known = by_name(name); known != Launcher::kNone) return known;
  if (!starts_with_any(name, {"mpirun", "mpiexec"})) return Launcher::kNone;
  // Distributions choose among several by symbolic links.
  const auto file = find_program(program);
  if (!file) return Launcher::kNone;
  std::error_code error;
  const auto real = std::filesystem::canonical(*file, error);
  if (!error)
    if (const Launcher known = by_name(real.filename()); known != Launcher::kNone) return known;
  const std::string version = output_of({*file, "--version"});
  if (version.find("Open MPI") != std::string::npos ||
      version.find("OpenRTE") != std::string::npos || version.find("PRRTE") != std::string::npos)
    return Launcher::kOpenMpi;
  if (version.find("HYDRA") != std::string::npos ||
      version.find("Intel(R) MPI") != std::string::npos)
    return Launcher::kHydra;
  return Launcher::kNone;
}

bool own_environment(Launcher launcher) {
  return launcher == Launcher::kNone || launcher == Launcher::kSrun;
}

std::vector<std::string> with_variables(const std::vector<std::string>& command, Launcher launcher,
                                        const std::map<std::string, std::string>& variables) {
  if (own_environment(launcher)) return command;
  std::vector<std::string> options;
  for (const auto& [name, value] : variables) {
    if (launcher == Launcher::kOpenMpi) {
      options.insert(options.end(), {"-x", fmt::format("{}={}", name, value)});
    } else {
      options.insert(options.end(), {"-genv", name, value});
    }
  }
  std::vector<std::string> changed{command.front()};
  changed.insert(changed.end(), options.begin(), options.end());
  for (std::size_t i = 1; i < command.size(); ++i) {
    changed.push_back(command[i]);
    // Open MPI's -x is for one program of several: "mpirun -n 1 ./a : -n 2 ./b".
    if (launcher == Launcher::kOpenMpi && command[i] == ":")
      changed.insert(changed.end(), options.begin(), options.end());
  }
  return changed;
}

std::string preload_value(const std::string& library, const char* preloaded) {
  return preloaded == nullptr || *preloaded == '\0' ? library
                                                    : fmt::format("{}:{}", library, preloaded);
}

}  // namespace joulepath::tools
