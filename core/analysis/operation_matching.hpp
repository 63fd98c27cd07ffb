// Which operations of a call trace belong together: the k-th send with the k-th receive of
// one (communicator, source, destination, tag), as messages do not overtake; the n-th
// collective of each member of a communicator; a request with the call that completed it.
// Where order alone cannot tell (two threads at once, lost events, a receive that was over
// before its send began), the operation is not matched: nothing is guessed. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "core/analysis/call_events.hpp"
#include "core/base/result.hpp"

namespace joulepath::analysis {

enum class MatchState : std::uint8_t {
  kNotMatched,
  kMatched,
  kWaitsForNobody,  ///< by its kind: a root of Bcast, a buffered send
};

/// The other side of one operation: whom it had to wait for.
struct Match {
  MatchState state = MatchState::kNotMatched;
  std::int32_t rank = -1;                 ///< of a collective: the last of those it waits for
  std::int64_t at_ns = 0;                 ///< its call began
  std::uint32_t operation = 0xffffffffu;  ///< index of a message's other side
};

inline constexpr std::uint32_t kNever = 0xffffffffu;

struct OperationMatches {
  std::vector<Match> matches;                   ///< by operation
  std::vector<std::uint32_t> completed_by;      ///< by operation: a call, or kNever
  std::vector<std::uint32_t> unknown_requests;  ///< by call: completions of requests not known
  /// Of each collective that all members have done the operation of each, in order of ranks.
  std::vector<std::vector<std::uint32_t>> collectives;
};

/// Fails where the trace contradicts itself: an index without a row, a call that ends before
/// it begins or overlaps the one before, a collective of no known communicator.
base::Result<OperationMatches> match_operations(const CallTrace& trace);

}  // namespace joulepath::analysis
