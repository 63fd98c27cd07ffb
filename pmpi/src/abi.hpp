// The few constants of an MPI that the shim needs, as each MPI's mpi.h defines them. The
// shim is linked to no MPI and includes no mpi.h; which set holds is found at run time.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/record/channel_layout.hpp"

namespace joulepath::pmpi {

/// MPI handles and pointers as the wrappers pass them on.
using Arg = std::intptr_t;

enum class MpiTopology { kNone, kGraph, kCart, kDistGraph };

struct Abi {
  record::MpiAbi kind = record::MpiAbi::kUnknown;
  Arg comm_world = 0;
  Arg in_place = 0;  ///< MPI_IN_PLACE
  int proc_null = 0;
  int root = 0;  ///< MPI_ROOT
  int any_source = 0;
  int undefined = 0;  ///< MPI_UNDEFINED
  Arg comm_self = 0;
  Arg comm_null = 0;
  Arg request_null = 0;
  Arg status_ignore = 0;         ///< MPI_STATUS_IGNORE and MPI_STATUSES_IGNORE
  int status_bytes = 0;          ///< of one MPI_Status
  int status_source = 0;         ///< where MPI_SOURCE stands in it; MPI_TAG follows
  bool handles_are_int = false;  ///< the upper half of a handle argument is undefined

  /// What MPI_Topo_test's answer means.
  [[nodiscard]] MpiTopology topology(int value) const noexcept;
  [[nodiscard]] bool known() const noexcept { return kind != record::MpiAbi::kUnknown; }
  [[nodiscard]] Arg handle(Arg argument) const noexcept {
    return handles_are_int ? static_cast<std::int32_t>(argument) : argument;
  }
  /// Entry of an array of handles, or what a pointer to one points to (index 0): their width is
  /// the MPI's.
  [[nodiscard]] Arg handle_in(Arg array, std::uint64_t index) const noexcept {
    return handles_are_int ? reinterpret_cast<const std::int32_t*>(array)[index]
                           : reinterpret_cast<const Arg*>(array)[index];
  }
};

/// Null until abi() was called for the first time.
extern std::atomic<const Abi*> known_abi [[gnu::visibility("hidden")]];
const Abi& find_abi() noexcept;

/// Found on the first call, which must come after the MPI library was loaded; unknown
/// for an MPI we have no constants for (calls are then timed, bytes stay 0).
inline const Abi& abi() noexcept {
  // Pairs with the release store in find_abi.
  const Abi* known = known_abi.load(std::memory_order_acquire);
  return known != nullptr ? *known : find_abi();
}

/// The MPI library where it is hidden from RTLD_NEXT (loaded with RTLD_LOCAL, as
/// mpi4py's is); null when none is loaded.
void* loaded_mpi_library() noexcept;

}  // namespace joulepath::pmpi
