#include "core/analysis/events_as_activity.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace joulepath::analysis {
namespace {

using record::ActivityRow;
using record::kNone32;

struct Totals {
  std::uint64_t ns = 0;
  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;
  std::uint64_t wait_ns = 0;
};

/// Keys of the (phase, function) pairs; new pairs get the next key.
class CellKeys {
 public:
  explicit CellKeys(std::vector<record::CellRow>& cells) : cells_(cells) {
    for (const record::CellRow& row : cells) {
      keys_.try_emplace({row.phase, row.function}, row.cell);
      next_ = std::max(next_, row.cell + 1);
    }
  }
  std::uint32_t key(std::uint32_t phase, std::uint32_t function) {
    const auto [known, added] = keys_.try_emplace({phase, function}, next_);
    if (added) cells_.push_back({next_++, phase, function});
    return known->second;
  }

 private:
  std::vector<record::CellRow>& cells_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> keys_;
  std::uint32_t next_ = 0;
};

void append_split(std::vector<ActivityRow>& rows, ActivityRow row, Totals totals) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const auto take = [&](std::uint64_t& total) {
    const std::uint64_t part = std::min(total, kMost);
    total -= part;
    return static_cast<std::uint32_t>(part);
  };
  do {
    row.ns = take(totals.ns);
    row.calls = take(totals.calls);
    row.wait_ns = take(totals.wait_ns);
    row.bytes = std::exchange(totals.bytes, 0);
    rows.push_back(row);
  } while (totals.ns != 0 || totals.calls != 0 || totals.wait_ns != 0);
}

/// The clock of one lane: time passes in its current cell, and each tick passed makes rows.
class LaneWalk {
 public:
  LaneWalk(std::uint32_t lane, std::span<const record::TickRow> ticks,
           std::vector<std::vector<ActivityRow>>& rows_by_tick)
      : lane_(lane), ticks_(ticks), rows_by_tick_(rows_by_tick) {}

  [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
  [[nodiscard]] bool passing() const { return current_ != kNone32; }

  /// Time passes up to `t_ns`; what is counted then is still of a tick at `t_ns`.
  void pass_to(std::int64_t t_ns) {
    for (; tick_ < ticks_.size() && ticks_[tick_].t_lanes_ns < t_ns; ++tick_) {
      book(ticks_[tick_].t_lanes_ns);
      end_tick();
    }
    book(t_ns);
  }
  void pass_all_ticks() {
    for (; tick_ < ticks_.size(); ++tick_) {
      book(ticks_[tick_].t_lanes_ns);
      end_tick();
    }
  }
  void enter(std::uint32_t cell) {
    use(cell);
    current_ = cell;
  }
  void leave() { current_ = kNone32; }
  Totals& count(std::uint32_t cell) { return totals_[use(cell)].second; }

 private:
  std::size_t use(std::uint32_t cell) {
    const auto [known, added] = index_.try_emplace(cell, totals_.size());
    if (added) totals_.push_back({cell, {}});
    return known->second;
  }
  void book(std::int64_t t_ns) {
    if (t_ns <= now_ns_) return;
    if (current_ != kNone32)
      totals_[use(current_)].second.ns += static_cast<std::uint64_t>(t_ns - now_ns_);
    now_ns_ = t_ns;
  }
  void end_tick() {
    for (auto& [cell, totals] : totals_) {
      if (totals.ns == 0 && totals.calls == 0 && totals.bytes == 0 && totals.wait_ns == 0) continue;
      append_split(rows_by_tick_[tick_], {ticks_[tick_].tick, lane_, cell, 0, 0, 0, 0},
                   std::exchange(totals, {}));
    }
  }

  std::uint32_t lane_;
  std::span<const record::TickRow> ticks_;
  std::vector<std::vector<ActivityRow>>& rows_by_tick_;
  std::size_t tick_ = 0;
  std::int64_t now_ns_ = std::numeric_limits<std::int64_t>::min();
  std::uint32_t current_ = kNone32;
  std::map<std::uint32_t, std::size_t> index_;
  std::vector<std::pair<std::uint32_t, Totals>> totals_;  ///< by first use
};

base::Error error(const std::string& what, std::uint32_t lane) {
  return {base::Errc::kFormat, what, "events of lane " + std::to_string(lane), 0, {}};
}

struct LaneRows {
  std::vector<std::size_t> calls;
  std::vector<LaneMark> marks;
};

/// Walks one lane's calls and marks in time order; returns what is wrong with them.
class LaneReplay {
 public:
  LaneReplay(const NodeEvents& events, CellKeys& cells, LaneWalk& walk, std::uint32_t lane)
      : events_(events), cells_(cells), walk_(walk), lane_(lane) {}

  std::optional<base::Error> run(const LaneRows& rows) {
    auto mark = rows.marks.begin();
    for (const std::size_t index : rows.calls) {
      const CallEvent& call = events_.calls[index];
      for (; mark != rows.marks.end() && mark->t_ns <= call.t_begin_ns; ++mark)
        if (auto fault = pass(*mark)) return fault;
      if (!walk_.passing()) return error("a call while the lane counts no time", lane_);
      if (call.t_begin_ns < walk_.now_ns() || call.t_end_ns < call.t_begin_ns)
        return error("times go back", lane_);
      walk_.pass_to(call.t_begin_ns);
      const std::uint32_t cell = cells_.key(phase_, call.function);
      walk_.enter(cell);
      in_call_ = true;
      for (; mark != rows.marks.end() && mark->t_ns < call.t_end_ns; ++mark)
        if (auto fault = pass(*mark)) return fault;
      walk_.pass_to(call.t_end_ns);
      in_call_ = false;
      Totals& totals = walk_.count(cell);
      ++totals.calls;
      totals.bytes += call.bytes;
      totals.wait_ns += static_cast<std::uint64_t>(events_.waits[index].wait_ns);
      if (walk_.passing()) walk_.enter(cells_.key(phase_, 0));
    }
    for (; mark != rows.marks.end(); ++mark)
      if (auto fault = pass(*mark)) return fault;
    walk_.pass_all_ticks();
    return std::nullopt;
  }

 private:
  std::optional<base::Error> pass(const LaneMark& mark) {
    if (mark.t_ns < walk_.now_ns()) return error("times go back", lane_);
    const bool starts = mark.kind == LaneMarkKind::kStart;
    if (starts == walk_.passing())
      return error(starts ? "starts twice" : "a mark while the lane counts no time", lane_);
    walk_.pass_to(mark.t_ns);
    if (mark.kind == LaneMarkKind::kStop) {
      walk_.leave();
      return std::nullopt;
    }
    phase_ = mark.phase;
    const std::uint32_t compute = cells_.key(phase_, 0);
    if (mark.kind == LaneMarkKind::kPhaseBegin) ++walk_.count(compute).calls;
    if (!in_call_) walk_.enter(compute);
    return std::nullopt;
  }

  const NodeEvents& events_;
  CellKeys& cells_;
  LaneWalk& walk_;
  std::uint32_t lane_;
  std::uint32_t phase_ = 0;
  bool in_call_ = false;
};

}  // namespace

base::Result<std::vector<ActivityRow>> events_as_activity(const NodeEvents& events,
                                                          std::vector<record::CellRow>& cells) {
  const base::Errc format = base::Errc::kFormat;
  if (events.waits.size() != events.calls.size())
    return base::Error{format, "not as many waits as calls", "events", 0, {}};
  const auto later = [](const auto& a, const auto& b) { return a.t_lanes_ns >= b.t_lanes_ns; };
  if (std::adjacent_find(events.ticks.begin(), events.ticks.end(), later) != events.ticks.end())
    return base::Error{format, "times go back", "ticks", 0, {}};
  std::map<std::uint32_t, LaneRows> lanes;
  for (std::size_t i = 0; i < events.calls.size(); ++i)
    lanes[events.calls[i].lane].calls.push_back(i);
  for (const LaneMark& mark : events.marks) lanes[mark.lane].marks.push_back(mark);
  CellKeys keys(cells);
  std::vector<std::vector<ActivityRow>> rows_by_tick(events.ticks.size());
  for (const auto& [lane, rows] : lanes) {
    LaneWalk walk(lane, events.ticks, rows_by_tick);
    if (auto fault = LaneReplay(events, keys, walk, lane).run(rows)) return *std::move(fault);
  }
  std::vector<ActivityRow> all;
  for (const auto& rows : rows_by_tick) all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

}  // namespace joulepath::analysis
