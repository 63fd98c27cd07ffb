// Why the ranks of a run waited, as the report tells it: sums by function and cause, by the
// rank that was waited for, and the longest waits one by one. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/analysis/event_trace.hpp"
#include "core/analysis/wait_causes.hpp"

namespace joulepath::analysis {

/// Seconds; 0 <= lo <= wait <= hi.
struct WaitSeconds {
  double wait = 0;
  double lo = 0;
  double hi = 0;
};

struct WaitOfFunction {
  std::string function;
  WaitKind kind = WaitKind::kNone;
  std::uint64_t calls = 0;
  WaitSeconds seconds;
};

struct WaitForRank {
  std::int32_t rank = -1;  ///< that the others waited for
  std::uint64_t calls = 0;
  WaitSeconds seconds;
};

/// One wait on the line of time.
struct LongWait {
  double at_s = 0;  ///< the call began, since the start of the recording
  std::int32_t rank = -1;
  std::string function;
  WaitKind kind = WaitKind::kNone;
  WaitSeconds seconds;
  std::int32_t for_rank = -1;
  double until_s = 0;  ///< that rank's call began
};

struct WaitSummary {
  bool recorded = false;  ///< in event mode
  std::uint64_t events = 0;
  std::uint64_t dropped = 0;
  std::uint64_t filtered_out = 0;
  std::string reason;                     ///< why the rest is empty
  std::vector<WaitOfFunction> functions;  ///< longest first
  std::vector<WaitForRank> ranks;         ///< longest first
  std::vector<LongWait> longest;          ///< longest first, at most kLongestWaits
};

inline constexpr std::size_t kLongestWaits = 100;

/// `causes`: of the trace's calls; not looked at where the trace says why there are none.
WaitSummary summarize_waits(const EventTrace& trace, const WaitCauses& causes);

}  // namespace joulepath::analysis
