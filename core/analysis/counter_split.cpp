#include "core/analysis/counter_split.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace joulepath::analysis {
namespace {

/// Looks that are shared out together.
constexpr std::size_t kWindow = 65'536;

std::uint32_t phase_of(std::uint32_t of_class) {
  return of_class / 2;
}

}  // namespace

CounterSplit::CounterSplit(const record::RunTables& run, const record::NodeTables& node)
    : node_(node),
      phase_count_(static_cast<std::uint32_t>(std::max<std::size_t>(run.phases.size(), 1))),
      lanes_(node.counters.empty() ? 0 : node.lanes.size()),
      looks_(node.counters.size()),
      results_(node.counters.size()) {
  for (CounterResult& result : results_) result.by_phase.resize(phase_count_);
}

void CounterSplit::add(const record::ActivityRow& row) {
  if (row.lane >= lanes_.size() || row.cell >= node_.cells.size() || row.ns == 0) return;
  const record::CellRow& cell = node_.cells[row.cell];
  const std::uint32_t phase = cell.phase < phase_count_ ? cell.phase : 0;
  const std::uint32_t of_class = 2 * phase + (cell.function != 0 ? 1 : 0);
  auto& times = lanes_[row.lane].times;
  const auto known = std::find_if(times.begin(), times.end(),
                                  [&](const TimeOf& time) { return time.of_class == of_class; });
  if (known != times.end())
    known->ns += row.ns;
  else
    times.push_back({of_class, static_cast<double>(row.ns)});
}

void CounterSplit::add(const record::CpuRow& row) {
  if (row.lane < lanes_.size()) lanes_[row.lane].cpu_ns += row.cpu_ns;
}

void CounterSplit::add(const record::CountRow& row) {
  if (row.lane >= lanes_.size() || row.counter >= looks_.size()) return;
  Lane& lane = lanes_[row.lane];
  if (lane.look_tick != row.tick) {
    lane.look_tick = row.tick;
    lane.looked = std::exchange(lane.times, {});
    // Threads that tell nothing compute outside phases.
    if (lane.looked.empty()) lane.looked.push_back({0, 1.0});
    const std::uint64_t cpu_ns = std::exchange(lane.cpu_ns, 0);
    if (row.since != row.tick) counted_cpu_ns_ += cpu_ns;
  }
  if (row.since == row.tick) return;
  CounterResult& result = results_[row.counter];
  result.total += row.count;
  auto& looks = looks_[row.counter];
  looks.push_back({lane.looked, row.count});
  if (looks.size() >= kWindow) settle(looks, result);
}

// The rates under which what was counted is most likely, if each class counts at a rate of its
// own: by expectation and maximization, which keeps rates positive and the sum of all looks as it
// is. Energy's fit will not do: it leans to equal powers where it is in doubt, and counts, such as
// page faults, may be all in one phase. What the looks do not tell apart keeps the mean rate.
std::vector<double> CounterSplit::likely_rates(const std::vector<Look>& looks,
                                               std::size_t classes) {
  constexpr int kMostRounds = 1000;
  constexpr double kSettled = 1e-7;
  std::vector<double> ns(classes, 0.0);
  double count = 0.0;
  double all_ns = 0.0;
  for (const Look& look : looks) {
    count += static_cast<double>(look.count);
    for (const TimeOf& time : look.times) ns[time.of_class] += time.ns;
  }
  for (const double of_class : ns) all_ns += of_class;
  std::vector<double> rates(classes, all_ns > 0.0 ? count / all_ns : 0.0);
  std::vector<double> counted(classes);
  for (int round = 0; round < kMostRounds; ++round) {
    std::fill(counted.begin(), counted.end(), 0.0);
    for (const Look& look : looks) {
      double expected = 0.0;
      for (const TimeOf& time : look.times) expected += rates[time.of_class] * time.ns;
      if (expected <= 0.0) continue;
      const double scale = static_cast<double>(look.count) / expected;
      for (const TimeOf& time : look.times)
        counted[time.of_class] += scale * rates[time.of_class] * time.ns;
    }
    double moved = 0.0;
    for (std::size_t c = 0; c < classes; ++c) {
      if (ns[c] <= 0.0) continue;
      moved += std::abs(counted[c] - rates[c] * ns[c]);
      rates[c] = counted[c] / ns[c];
    }
    if (moved <= kSettled * count) break;
  }
  return rates;
}

/// How sure the looks are of a phase's part.
PowerFit CounterSplit::fit_of(const std::vector<Look>& looks, std::size_t classes) {
  PowerFit fit(classes, looks.size());
  std::vector<ClassTime> times;
  for (const Look& look : looks) {
    times.clear();
    for (const TimeOf& time : look.times) times.push_back({time.of_class, time.ns});
    fit.add({times, static_cast<double>(look.count), 1, {}, {}});
  }
  fit.solve();
  return fit;
}

void CounterSplit::settle(std::vector<Look>& looks, CounterResult& result) const {
  if (looks.empty()) return;
  const std::size_t classes = 2 * std::size_t{phase_count_};
  const std::vector<double> rates = likely_rates(looks, classes);
  std::vector<Counted> window(phase_count_);
  for (const Look& look : looks) {
    const auto count = static_cast<double>(look.count);
    double expected = 0.0;
    double ns = 0.0;
    bool one_phase = true;
    for (const TimeOf& time : look.times) {
      expected += rates[time.of_class] * time.ns;
      ns += time.ns;
      one_phase = one_phase && phase_of(time.of_class) == phase_of(look.times.front().of_class);
    }
    std::vector<bool> seen(one_phase ? 0 : phase_count_, false);
    for (const TimeOf& time : look.times) {
      const double rate = expected > 0.0 ? rates[time.of_class] / expected : 1.0 / ns;
      Counted& phase = window[phase_of(time.of_class)];
      phase.value += count * rate * time.ns;
      if (one_phase || seen[phase_of(time.of_class)]) continue;
      seen[phase_of(time.of_class)] = true;
      phase.hi += count;
    }
    if (!one_phase) continue;
    Counted& phase = window[phase_of(look.times.front().of_class)];
    phase.lo += count;
    phase.hi += count;
  }
  const auto fit = looks.size() >= PowerFit::kFewestIntervals
                       ? std::optional(fit_of(looks, classes))
                       : std::nullopt;
  for (std::uint32_t phase = 0; phase < phase_count_; ++phase) {
    Counted& part = window[phase];
    if (fit && part.lo < part.hi) {
      std::vector<bool> members(classes, false);
      members[2 * phase] = members[2 * phase + 1] = true;
      const FitShare share = fit->share(members);
      const double doubt = share.half_width + std::abs(share.units - part.value);
      if (share.determined) {
        part.lo = std::max(part.lo, part.value - doubt);
        part.hi = std::min(part.hi, part.value + doubt);
      }
    }
    result.by_phase[phase].add(part);
  }
  looks.clear();
}

std::vector<CounterResult> CounterSplit::finish() {
  for (std::size_t counter = 0; counter < looks_.size(); ++counter)
    settle(looks_[counter], results_[counter]);
  return std::move(results_);
}

}  // namespace joulepath::analysis
