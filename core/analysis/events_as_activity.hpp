// The events of a node's lanes as the rows that the accumulators would have given: what
// each lane did between two ticks, to the nanosecond. So NodeAttribution takes an event
// trace as it takes any other; only `wait_ns` is another figure, the exact waits.
// Pure. Not here: energy, or the finding of waits (wait_causes.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/analysis/call_events.hpp"
#include "core/analysis/wait_causes.hpp"
#include "core/base/result.hpp"
#include "core/record/rows.hpp"

namespace joulepath::analysis {

enum class LaneMarkKind : std::uint8_t {
  kStart,       ///< time counts from here on
  kPhaseBegin,  ///< counted as one begin of `phase`
  kPhaseEnd,
  kStop,  ///< no time counts any more
};

/// Of one moment. Marks may lie inside a call: its time stays with the phase it began in.
struct LaneMark {
  std::uint32_t lane = 0;
  std::int64_t t_ns = 0;
  LaneMarkKind kind = LaneMarkKind::kStart;
  std::uint32_t phase = 0;  ///< in which the lane is from here on
};

/// Rows of each lane are in time order; rows of different lanes may be mixed.
struct NodeEvents {
  std::span<const CallEvent> calls;  ///< of this node's ranks
  std::span<const WaitCause> waits;  ///< as calls
  std::span<const LaneMark> marks;
  std::span<const record::TickRow> ticks;
};

/// In order of ticks, then lanes, then of the first use of a cell in its lane. Pairs of phase
/// and function without a row in `cells` get one. A call is counted in the tick up to which
/// it had ended. Time after the last tick is in no row. Fails where the events contradict
/// themselves: a call before its lane's start, times that go back, waits without a call.
base::Result<std::vector<record::ActivityRow>> events_as_activity(
    const NodeEvents& events, std::vector<record::CellRow>& cells);

}  // namespace joulepath::analysis
