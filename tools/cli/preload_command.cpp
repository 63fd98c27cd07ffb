// joulepath preload: the path for LD_PRELOAD, and the folders of the region API.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "tools/cli/command.hpp"
#include "tools/launch/find_program.hpp"

namespace joulepath::tools {

namespace {

/// What can be printed, by its place beside this program.
struct Part {
  const char* option;  ///< null: without one
  const char* help;
  const char* from_bin;
};
constexpr Part kLibrary{nullptr, nullptr, JOULEPATH_LIBRARY_FROM_BIN};
constexpr Part kParts[] = {
    {"--include", "print the folder of joulepath/joulepath.h instead", JOULEPATH_INCLUDE_FROM_BIN},
    {"--fortran", "print the Fortran module's source file instead", JOULEPATH_FORTRAN_FROM_BIN},
    {"--python", "print the folder for PYTHONPATH instead", JOULEPATH_PYTHON_FROM_BIN},
};

base::Result<int> print_place(const Part& part) {
  const auto place = beside_us(part.from_bin);
  std::error_code error;
  if (!std::filesystem::exists(place, error))
    return base::Error{base::Errc::kNotFound, "is not installed here", place.string(), 0,
                       "install Joulepath whole (cmake --install)"};
  fmt::print("{}\n", place.string());
  return 0;
}

}  // namespace

void add_preload_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("preload", "print the library to put into LD_PRELOAD");
  auto chosen = std::make_shared<const Part*>(&kLibrary);
  for (const Part& part : kParts) {
    CLI::Option* option = command->add_flag_callback(
        part.option, [chosen, &part] { *chosen = &part; }, part.help);
    for (CLI::Option* other : command->get_options())
      if (other != option && other != command->get_help_ptr()) option->excludes(other);
  }
  command->callback([&action, chosen] { action = [chosen] { return print_place(**chosen); }; });
}

}  // namespace joulepath::tools
