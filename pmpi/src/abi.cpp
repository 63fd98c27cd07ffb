#include "pmpi/src/abi.hpp"

#include <dlfcn.h>

namespace joulepath::pmpi {
namespace {

// Sonames of the MPI libraries: Open MPI 4 and 5; MPICH (Debian); the MPICH ABI that
// MPICH, Intel MPI and MVAPICH share.
constexpr const char* kLibraries[] = {"libmpi.so.40", "libmpich.so.12", "libmpi.so.12"};

void* find_symbol(const char* name) noexcept {
  if (void* found = dlsym(RTLD_DEFAULT, name)) return found;
  void* library = loaded_mpi_library();
  return library != nullptr ? dlsym(library, name) : nullptr;
}

Arg address_of(const char* name) noexcept {
  return reinterpret_cast<Arg>(find_symbol(name));
}

Abi detect() noexcept {
  // Open MPI's handles are addresses of objects in its library.
  if (void* world = find_symbol("ompi_mpi_comm_world")) {
    return {.kind = record::MpiAbi::kOpenMpi,
            .comm_world = reinterpret_cast<Arg>(world),
            .in_place = 1,
            .proc_null = -2,
            .root = -4,
            .any_source = -1,
            .undefined = -32766,
            .comm_self = address_of("ompi_mpi_comm_self"),
            .comm_null = address_of("ompi_mpi_comm_null"),
            .request_null = address_of("ompi_request_null"),
            .status_ignore = 0,
            .status_bytes = 24,
            .status_source = 0,
            .handles_are_int = false};
  }
  // MPICH and its ABI: handles are ints with fixed values (mpi.h: 0x44000000).
  if (find_symbol("MPIR_Dup_fn") != nullptr) {
    return {.kind = record::MpiAbi::kMpich,
            .comm_world = 0x44000000,
            .in_place = -1,
            .proc_null = -1,
            .root = -3,
            .any_source = -2,
            .undefined = -32766,
            .comm_self = 0x44000001,
            .comm_null = 0x04000000,
            .request_null = 0x2c000000,
            .status_ignore = 1,
            .status_bytes = 20,
            .status_source = 8,
            .handles_are_int = true};
  }
  return {};
}

}  // namespace

MpiTopology Abi::topology(int value) const noexcept {
  if (kind == record::MpiAbi::kOpenMpi) {
    if (value == 1) return MpiTopology::kCart;
    if (value == 2) return MpiTopology::kGraph;
    if (value == 3) return MpiTopology::kDistGraph;
  }
  if (kind == record::MpiAbi::kMpich) {
    if (value == 1) return MpiTopology::kGraph;
    if (value == 2) return MpiTopology::kCart;
    if (value == 3) return MpiTopology::kDistGraph;
  }
  return MpiTopology::kNone;
}

void* loaded_mpi_library() noexcept {
  for (const char* name : kLibraries)
    if (void* library = dlopen(name, RTLD_LAZY | RTLD_NOLOAD)) return library;
  return nullptr;
}

std::atomic<const Abi*> known_abi{nullptr};

const Abi& find_abi() noexcept {
  // Constant-initialised statics: a guard would need the C++ library.
  static Abi found;
  static const Abi unknown{};
  static std::atomic<bool> tried{false};
  if (!tried.exchange(true, std::memory_order_acq_rel)) {
    found = detect();
    // Pairs with the acquire load in abi().
    known_abi.store(&found, std::memory_order_release);
    return found;
  }
  // Another thread is finding it just now.
  const Abi* known = known_abi.load(std::memory_order_acquire);
  return known != nullptr ? *known : unknown;
}

}  // namespace joulepath::pmpi
