// The events of a trace as calls, operations and communicators: keys of tables become ranks,
// requests are joined with what completed them, "any source" with the source that came. What
// cannot be followed is said, and nothing is guessed. Fed node by node, block by block; holds
// all calls of the run (about 150 bytes each).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/analysis/call_events.hpp"
#include "core/analysis/clock_alignment.hpp"
#include "core/record/event_kind.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

/// Whose calls those of a lane are. `CallEvent::lane` is the index of one.
struct EventLane {
  std::size_t node = 0;
  std::uint32_t lane = 0;  ///< key on the node
  std::int32_t rank = -1;
  std::uint32_t thread = 0;
  std::int32_t tid = 0;
};

/// From `t_ns` on the lane's time outside MPI passes in `phase`.
struct PhaseChange {
  std::uint32_t lane = 0;
  std::int64_t t_ns = 0;
  std::uint32_t phase = 0;
};

struct EventTrace {
  bool recorded = false;           ///< in event mode
  std::uint64_t events = 0;        ///< calls, each of those that share a row, and changes of phases
  std::uint64_t dropped = 0;       ///< that found no room in a ring
  std::uint64_t filtered_out = 0;  ///< that the user's filter left out
  CallTrace calls;  ///< times since the first node's start, by the first node's clock where
                    ///< those of the others could be aligned with it, else by each one's UTC
  std::vector<EventLane> lanes;
  std::vector<PhaseChange> phases;
  std::vector<std::string> functions;    ///< names, by key
  std::vector<std::string> phase_names;  ///< the same
  /// From each node's clock (times since the first node's start, by the nodes' UTC) to the one of
  /// all calls; empty: one node, or their clocks could not be aligned.
  std::vector<ClockLine> clocks;
  std::vector<std::string> nodes;  ///< their names
  std::string causes_unknown;      ///< why causes of waits cannot be told; empty: they can

  /// A moment of a node on the calls' line of time.
  [[nodiscard]] std::int64_t aligned_ns(std::size_t node, std::int64_t by_utc_ns) const {
    return node < clocks.size() ? clocks[node].to_reference(by_utc_ns) : by_utc_ns;
  }
};

class EventTraceBuilder {
 public:
  /// Calls beyond `most_calls` are counted, and no causes told.
  explicit EventTraceBuilder(const record::RunTables& run, std::size_t most_calls = 10'000'000);
  ~EventTraceBuilder();
  EventTraceBuilder(const EventTraceBuilder&) = delete;
  EventTraceBuilder& operator=(const EventTraceBuilder&) = delete;

  /// Once for each node, before its blocks. `node` is copied from.
  void begin(const record::NodeTables& node);
  void add(const record::Block& block);
  EventTrace finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace joulepath::analysis
