// The collectives in which nobody can leave before the last has come: what is known of the order
// of moments on several nodes without a message of our own.
#pragma once

#include <array>
#include <string_view>

namespace joulepath::record {

/// "MPI_Allreduce", in all its forms: with _c, as MPI_Iallreduce. All but the barrier only where
/// they move something: without data nobody needs to hear of the others. MPI_Allgatherv,
/// MPI_Alltoallv, MPI_Alltoallw and MPI_Reduce_scatter are not among them, as a member may have
/// no part in what another one waits for.
constexpr bool synchronises(std::string_view function) {
  constexpr std::array<std::string_view, 5> kNames{"arrier", "llreduce", "llgather", "lltoall",
                                                   "educe_scatter_block"};
  if (!function.starts_with("MPI_")) return false;
  function.remove_prefix(4);
  if (function.ends_with("_c")) function.remove_suffix(2);
  if (function.starts_with('I')) function.remove_prefix(1);
  if (function.empty()) return false;
  function.remove_prefix(1);  // its case tells only whether there was an I
  for (const std::string_view name : kNames)
    if (function == name) return true;
  return false;
}

/// It does so without data as well.
constexpr bool is_barrier(std::string_view function) {
  return function == "MPI_Barrier" || function == "MPI_Ibarrier";
}

}  // namespace joulepath::record
