// Empties the event rings of one process into the trace: ticks become nanoseconds, handles of
// requests become small numbers, communicators get their rows. What the rings had no room for
// is counted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "core/base/result.hpp"
#include "core/record/event_layout.hpp"
#include "core/record/event_reader.hpp"
#include "core/record/tick_scale.hpp"
#include "core/trace/node_sink.hpp"
#include "tools/recorder/event_filter.hpp"

namespace joulepath::tools {

/// Numbers that all processes of the node share, and the filter of all.
struct EventCounts {
  std::uint64_t events = 0;
  std::uint32_t communicators = 0;
  std::int64_t left_out = 0;  ///< by the filter, not reported yet
  EventFilter filter;
};

class EventDrain {
 public:
  /// What the collector knows of the process.
  struct Keys {
    std::uint32_t process = 0;
    /// Key in the lanes table of the thread that took ring `lane` as its `generation`.
    std::function<std::uint32_t(std::uint32_t lane, std::uint32_t generation)> lane;
    /// Key in the cells table of (phase of the channel, function).
    std::function<std::uint32_t(std::uint16_t phase, std::uint16_t function)> cell;
    std::function<std::string_view(std::uint16_t phase)> phase_name;
  };

  /// Maps the event file that belongs to the channel `channel`. Its file is gone with this.
  static base::Result<std::unique_ptr<EventDrain>> open(const std::filesystem::path& channel,
                                                        EventCounts& counts);
  ~EventDrain();
  EventDrain(const EventDrain&) = delete;
  EventDrain& operator=(const EventDrain&) = delete;

  /// Adds what ring `lane` holds under `tick`.
  void drain(std::uint32_t lane, std::uint32_t tick, const record::TickScale& scale,
             std::int64_t now_ns, const Keys& keys, trace::NodeSink& sink);
  /// Threads that got no ring since the last call.
  std::uint32_t take_refused();

 private:
  struct Ring;
  EventDrain(std::filesystem::path file, record::EventFile* mapped, EventCounts& counts);
  std::uint32_t request_number(std::uint64_t handle);
  std::uint32_t communicator_key(std::uint16_t index, std::uint32_t process, trace::NodeSink& sink);
  void add(Ring& ring, const record::EventRecord& event, std::span<const record::EventItem> items,
           std::uint32_t tick, const record::TickScale& scale, const Keys& keys,
           trace::NodeSink& sink);
  void add_items(std::span<const record::EventItem> items, std::uint32_t tick,
                 trace::NodeSink& sink);

  std::filesystem::path file_;
  record::EventFile* mapped_;
  EventCounts& counts_;
  std::vector<std::unique_ptr<Ring>> rings_;
  std::map<std::uint64_t, std::uint32_t> requests_;  ///< handle -> number
  std::vector<std::uint32_t> communicators_;         ///< index -> key
  std::uint32_t refused_ = 0;
  bool last_was_kept_ = false;  ///< further items belong to an event of the trace
};

}  // namespace joulepath::tools
