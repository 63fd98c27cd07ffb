#include "pmpi/src/next_function.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include "pmpi/src/abi.hpp"
#include "pmpi/src/message.hpp"

namespace joulepath::pmpi {

void* next_function_or_null(const char* name) noexcept {
  if (void* found = dlsym(RTLD_NEXT, name)) return found;
  // mpi4py: Python opened its extension, and with it the MPI, with RTLD_LOCAL.
  void* library = loaded_mpi_library();
  return library != nullptr ? dlsym(library, name) : nullptr;
}

void* next_function(const char* name) noexcept {
  if (void* found = next_function_or_null(name)) return found;
  say("symbol lookup error: undefined symbol: %s (no MPI library that has it is loaded)", name);
  _exit(127);
}

}  // namespace joulepath::pmpi
