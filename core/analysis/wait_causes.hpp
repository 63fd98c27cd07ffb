// Why each MPI call of an event trace waited, and for whom: from the calls' own times across
// the ranks, not from how long such calls take elsewhere.
//
//   late sender    a call that completes a receive waits until the matching send begins
//   late receiver  a call that completes a send waits until the matching receive begins,
//                  where it did not end before that
//   collective     until the last of those begins without whom it cannot end
//
// Each is cut to the call's own time; a call that completes several waits for the last of
// them (Waitany, Waitsome: the first). The rest of a call is the transfer. Exact where the
// ranks share a clock and sends are synchronous; else `lo_ns` and `hi_ns` hold the truth. A
// call whose other side is not known is said to be not matched. Pure; nanoseconds.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/analysis/call_events.hpp"
#include "core/base/result.hpp"

namespace joulepath::analysis {

enum class WaitKind : std::uint8_t { kNone, kLateSender, kLateReceiver, kCollective, kNotMatched };

std::string_view to_string(WaitKind kind);

/// Of one call: 0 <= lo <= wait <= hi <= its time; kNotEnded where nothing bounds that.
struct WaitCause {
  WaitKind kind = WaitKind::kNone;
  std::int64_t wait_ns = 0;
  std::int64_t lo_ns = 0;
  std::int64_t hi_ns = 0;
  std::int32_t by_rank = -1;    ///< for whom it waited; -1: nobody, or not known
  std::int64_t at_ns = 0;       ///< the moment that rank's call began; 0 without a rank
  std::uint32_t unmatched = 0;  ///< operations it completed whose other side is not known:
                                ///< while there are any, `wait_ns` is what is known of it
};

/// Sums over calls; of waits without a rank nothing is in `by_rank`.
struct WaitTotal {
  std::int64_t key = 0;           ///< a function's key, or the rank that came late
  std::uint64_t calls = 0;        ///< of the function; that waited for the rank
  std::uint64_t not_matched = 0;  ///< those of them with an unmatched part
  std::int64_t wait_ns = 0;
  std::int64_t lo_ns = 0;
  std::int64_t hi_ns = 0;
};

struct WaitCauses {
  std::vector<WaitCause> by_call;      ///< as CallTrace::calls
  std::vector<WaitTotal> by_function;  ///< in rising order of keys
  std::vector<WaitTotal> by_rank;
};

/// Fails where match_operations() does.
base::Result<WaitCauses> find_wait_causes(const CallTrace& trace);

}  // namespace joulepath::analysis
