// All that a timeline of a run shows, read from its trace: calls, phases, messages, power; of a
// trace without events power alone, of all nodes on one line of time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/analysis/common_time.hpp"
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

  [[nodiscard]] bool has_power() const {
    return std::any_of(power.begin(), power.end(),
                       [](const auto& line) { return !line.points().empty(); });
  }
};

struct Timeline {
  analysis::EventTrace events;
  std::vector<MessageLine> messages;
  std::vector<TimelineNode> nodes;
  analysis::CommonTime time;  ///< of the nodes, where no events tell

  /// A moment of a node's monotonic clock on the timeline.
  [[nodiscard]] std::int64_t shown_ns(std::size_t node, std::int64_t t_ns) const {
    return events.recorded ? events.aligned_ns(node, t_ns + nodes[node].offset_ns)
                           : time.since_start_ns(node, t_ns);
  }
};

/// kUsage for a trace with neither events nor power.
base::Result<Timeline> read_timeline(const std::filesystem::path& trace);

}  // namespace joulepath::tools
