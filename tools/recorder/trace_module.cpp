#include "tools/recorder/trace_module.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "core/base/file.hpp"

namespace joulepath::tools {

using base::Errc;
using base::Error;

base::Result<const trace::TraceModule*> open_trace_module() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return base::system_error("cannot find this program", "/proc/self/exe", error.value());
  const auto file =
      (program.parent_path() / JOULEPATH_TRACE_MODULE_FROM_BIN).lexically_normal().string();
  const auto broken = [&file](Errc code, std::string what) {
    return Error{code, std::move(what), file, 0, "install Joulepath again, with all of its files"};
  };
  // Bound now, so that a library that is missing is told here and not in the middle of a run.
  void* const module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr)
    return broken(Errc::kNotFound, fmt::format("cannot load the trace library ({})", ::dlerror()));
  const auto entry =
      reinterpret_cast<trace::TraceModuleEntry>(::dlsym(module, trace::kTraceModuleEntry));
  if (entry == nullptr) return broken(Errc::kConflict, "is no trace library of Joulepath");
  const trace::TraceModule* table = entry();
  if (std::string_view(table->version) != JOULEPATH_VERSION)
    return broken(
        Errc::kConflict,
        fmt::format("is of version {}, this program of " JOULEPATH_VERSION, table->version));
  return table;
}

}  // namespace joulepath::tools
