// All that a timeline of a run shows, read from its trace: calls, phases, messages, power.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/analysis/event_trace.hpp"
#include "core/analysis/power_line.hpp"
#include "core/base/result.hpp"

namespace joulepath::tools {

/// From one call to another, in EventTrace::calls.
struct MessageLine {
  std::uint32_t from_call = 0;
  std::uint32_t to_call = 0;  ///< the one that completed the receive
};

struct TimelineNode {
  std::string hostname;
  std::int64_t offset_ns = 0;  ///< from the node's monotonic clock to EventTrace::aligned_ns
  std::vector<analysis::PowerLine> power;
};

struct Timeline {
  analysis::EventTrace events;
  std::vector<MessageLine> messages;
  std::vector<TimelineNode> nodes;
};

/// kUsage for a trace without events.
base::Result<Timeline> read_timeline(const std::filesystem::path& trace);

}  // namespace joulepath::tools
