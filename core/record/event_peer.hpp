// Peers of an event that are no rank, and tags that are none: the same in the rings and in
// the trace, whatever the MPI calls them. Header-only, no C++ library.
#pragma once

#include <cstdint>

namespace joulepath::record {

inline constexpr std::int32_t kNoPeer = -1;
inline constexpr std::int32_t kAnyPeer = -2;     ///< and it is not known which it was
inline constexpr std::int32_t kNullPeer = -3;    ///< MPI_PROC_NULL: nothing is moved
inline constexpr std::int32_t kFailedPeer = -4;  ///< the call returned an error
/// Polls in a row that found nothing, as one event: `bytes` is how many.
inline constexpr std::int32_t kPollsPeer = -5;
inline constexpr std::int32_t kNoTag = -1;
inline constexpr std::int32_t kAnyTag = -2;

}  // namespace joulepath::record
