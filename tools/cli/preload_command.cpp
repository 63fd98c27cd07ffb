// joulepath preload: the path for LD_PRELOAD.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "tools/cli/command.hpp"
#include "tools/launch/find_program.hpp"

namespace joulepath::tools {

void add_preload_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("preload", "print the library to put into LD_PRELOAD");
  command->callback([&action] {
    action = []() -> base::Result<int> {
      const auto library = beside_us(JOULEPATH_LIBRARY_FROM_BIN);
      std::error_code error;
      if (!std::filesystem::exists(library, error))
        return base::Error{base::Errc::kNotFound, "the shim is not installed here",
                           library.string(), 0, "install Joulepath whole (cmake --install)"};
      fmt::print("{}\n", library.string());
      return 0;
    };
  });
}

}  // namespace joulepath::tools
