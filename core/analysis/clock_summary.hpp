// How the clocks of a run's nodes go beside each other, as the report tells it: from the events of
// the trace where these told it, else as its node tables have it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/event_trace.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

struct NodeClockSummary {
  std::string node;
  bool aligned = false;
  double offset_s = 0;  ///< to be added to the node's UTC for the reference's, at the beginning
  double drift_ppm = 0;
  double error_s = 0;   ///< the most by which the offset may be wrong at any time
  std::string unknown;  ///< why it is not aligned
};

/// What the clocks were aligned by.
enum class ClockBasis { kNone, kMarks, kEvents };
std::string_view to_string(ClockBasis basis);

struct ClocksSummary {
  ClockBasis basis = ClockBasis::kNone;  ///< kNone: none is aligned
  std::vector<NodeClockSummary> nodes;   ///< empty: a single node
  double error_s = 0;                    ///< most that two that are aligned are apart

  [[nodiscard]] std::size_t aligned() const;
};

/// By the events of MPI calls; kNone where these did not tell.
ClocksSummary clocks_of_events(const EventTrace& trace);

/// By the marks, node by node as the trace has them.
class ClocksSummaryBuilder {
 public:
  void add(const record::RunTables& run, const record::NodeTables& node);
  [[nodiscard]] ClocksSummary finish() const;

 private:
  struct Node {
    NodeClockSummary summary;
    bool reference = false;
    std::int64_t from_utc_ns = 0;  ///< from its UTC to the reference's monotonic clock
  };
  std::vector<Node> nodes_;
};

}  // namespace joulepath::analysis
