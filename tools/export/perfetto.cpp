#include "tools/export/perfetto.hpp"

#include <fmt/format.h>
#include <fmt/os.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/file.hpp"
#include "core/base/split.hpp"

namespace joulepath::tools {
namespace {

using analysis::CallEvent;
using analysis::EventLane;
using analysis::EventTrace;

/// Processes of the viewer: a rank has its number, a node's power one beyond all ranks.
constexpr std::int64_t kFirstNode = 1'000'000'000;

/// Microseconds, as the format has them, to the nanosecond.
std::string us(std::int64_t ns) {
  return fmt::format("{}{}.{:03}", ns < 0 ? "-" : "", (ns < 0 ? -ns : ns) / 1000,
                     (ns < 0 ? -ns : ns) % 1000);
}

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

class Writer {
 public:
  Writer(const Timeline& timeline, fmt::ostream& out) : timeline_(timeline), out_(out) {}

  void write() {
    out_.print("{{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
    names();
    phases();
    calls();
    messages();
    power();
    out_.print("\n]}}\n");
  }

 private:
  template <class... Args>
  void event(fmt::format_string<Args...> format, Args&&... args) {
    out_.print("{}\n", first_ ? "" : ",");
    first_ = false;
    out_.print(format, std::forward<Args>(args)...);
  }

  [[nodiscard]] static std::string place(const EventLane& lane) {
    return fmt::format("\"pid\":{},\"tid\":{}", lane.rank, lane.thread);
  }

  void names() {
    const EventTrace& events = timeline_.events;
    std::vector<bool> shown(events.lanes.size(), false);
    for (const CallEvent& call : events.calls.calls) shown[call.lane] = true;
    for (const auto& change : events.phases) shown[change.lane] = true;
    std::map<std::int32_t, std::size_t> ranks;
    for (std::size_t n = 0; n < events.lanes.size(); ++n) {
      const EventLane& lane = events.lanes[n];
      if (lane.rank < 0 || !shown[n]) continue;
      ranks.emplace(lane.rank, lane.node);
      event(R"({{"ph":"M","name":"thread_name",{},"args":{{"name":"thread {}"}}}})", place(lane),
            lane.thread);
    }
    for (const auto& [rank, node] : ranks) {
      event(R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":{}}}}})", rank,
            json_text(fmt::format("rank {} on {}", rank, timeline_.nodes[node].hostname)));
      event(R"({{"ph":"M","name":"process_sort_index","pid":{},"args":{{"sort_index":{}}}}})", rank,
            rank);
    }
    for (std::size_t n = 0; n < timeline_.nodes.size(); ++n)
      event(R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":{}}}}})",
            kFirstNode + static_cast<std::int64_t>(n),
            json_text("power of " + timeline_.nodes[n].hostname));
  }

  struct OpenPhase {
    std::string name;
    std::int64_t since_ns = 0;
  };

  void close(const EventLane& lane, std::vector<OpenPhase>& open, std::size_t kept,
             std::int64_t now_ns) {
    while (open.size() > kept) {
      event(R"({{"ph":"X","cat":"phase","name":{},{},"ts":{},"dur":{}}})",
            json_text(open.back().name), place(lane), us(open.back().since_ns),
            us(now_ns - open.back().since_ns));
      open.pop_back();
    }
  }

  /// Of each lane: "a/b" is b within a.
  void phases() {
    const EventTrace& events = timeline_.events;
    std::vector<std::vector<OpenPhase>> open(events.lanes.size());
    std::vector<std::int64_t> last_ns(events.lanes.size(), 0);
    for (const CallEvent& call : events.calls.calls)
      last_ns[call.lane] = std::max(last_ns[call.lane], call.t_end_ns);
    for (const auto& change : events.phases) {
      const EventLane& lane = events.lanes[change.lane];
      if (lane.rank < 0) continue;
      last_ns[change.lane] = std::max(last_ns[change.lane], change.t_ns);
      std::vector<OpenPhase>& stack = open[change.lane];
      const std::string name = change.phase == 0 ? std::string() : events.phase_names[change.phase];
      const auto parts = base::split(name, '/');
      std::size_t kept = 0;
      while (kept < stack.size() && kept < parts.size() && stack[kept].name == parts[kept]) ++kept;
      close(lane, stack, kept, change.t_ns);
      for (; kept < parts.size(); ++kept) stack.push_back({std::string(parts[kept]), change.t_ns});
    }
    for (std::size_t lane = 0; lane < open.size(); ++lane)
      close(events.lanes[lane], open[lane], 0, last_ns[lane]);
  }

  void calls() {
    const EventTrace& events = timeline_.events;
    for (const CallEvent& call : events.calls.calls)
      event(R"({{"ph":"X","cat":"MPI","name":{},{},"ts":{},"dur":{},"args":{{"{}":{}}}}})",
            json_text(events.functions[call.function]), place(events.lanes[call.lane]),
            us(call.t_begin_ns), us(call.t_end_ns - call.t_begin_ns),
            call.polls != 0 ? "polls" : "bytes", call.polls != 0 ? call.polls : call.bytes);
  }

  /// An arrow binds to the slice around its ends: the begin of the send, and the last
  /// nanosecond of the call that completed the receive.
  void messages() {
    const EventTrace& events = timeline_.events;
    std::size_t number = 0;
    for (const MessageLine& message : timeline_.messages) {
      const CallEvent& from = events.calls.calls[message.from_call];
      const CallEvent& to = events.calls.calls[message.to_call];
      ++number;
      event(R"({{"ph":"s","cat":"message","name":"message","id":{},{},"ts":{}}})", number,
            place(events.lanes[from.lane]), us(from.t_begin_ns));
      event(R"({{"ph":"f","bp":"e","cat":"message","name":"message","id":{},{},"ts":{}}})", number,
            place(events.lanes[to.lane]), us(std::max(to.t_begin_ns, to.t_end_ns - 1)));
    }
  }

  void power() {
    for (std::size_t n = 0; n < timeline_.nodes.size(); ++n) {
      const TimelineNode& node = timeline_.nodes[n];
      for (const analysis::PowerLine& line : node.power)
        for (const analysis::PowerPoint& point : line.points())
          event(R"({{"ph":"C","name":{},"pid":{},"ts":{},"args":{{"W":{:.6g}}}}})",
                json_text(line.id()), kFirstNode + static_cast<std::int64_t>(n),
                us(timeline_.shown_ns(n, point.from_ns)), point.watts);
    }
  }

  const Timeline& timeline_;
  fmt::ostream& out_;
  bool first_ = true;
};

}  // namespace

base::Status write_perfetto(const Timeline& timeline, const std::filesystem::path& output) {
  std::error_code ignored;
  if (std::filesystem::exists(output, ignored))
    return base::Error{base::Errc::kConflict, "exists already", output.string(), 0,
                       "choose another output"};
  const std::filesystem::path partial = output.string() + ".partial";
  try {
    fmt::ostream out = fmt::output_file(partial.string());
    Writer(timeline, out).write();
    out.close();
  } catch (const std::system_error& error) {
    std::filesystem::remove(partial, ignored);
    return base::system_error("cannot write the timeline", output.string(), error.code().value());
  }
  if (std::rename(partial.c_str(), output.c_str()) != 0)
    return base::system_error("cannot put the timeline in place", output.string(), errno);
  return base::Done{};
}

}  // namespace joulepath::tools
