#include "core/analysis/split_summary.hpp"

#include <algorithm>

namespace joulepath::analysis {
namespace {

/// The part of a process's time that counts on a signal's socket or GPU.
double part_on(const record::Signal& signal, const record::ProcessRow& process) {
  if (!record::gpu_of(signal).empty())
    return record::may_use(process, record::gpu_of(signal)) ? 1.0 : 0.0;
  if (signal.socket < 0) return 1.0;
  const std::vector<int> sockets = parse_sockets(process.sockets);
  if (sockets.empty()) return 1.0;
  const bool there = std::find(sockets.begin(), sockets.end(), signal.socket) != sockets.end();
  return there ? 1.0 / static_cast<double>(sockets.size()) : 0.0;
}

/// By phase: seconds of all lanes on the signal's socket.
std::vector<double> phase_seconds(const record::Signal& signal, std::size_t phases,
                                  const record::NodeTables& node, const NodeResult& result) {
  std::vector<double> seconds(phases, 0.0);
  for (const Slot& slot : result.slots) {
    const std::uint32_t process = node.lanes[slot.lane].process;
    const std::uint32_t phase = node.cells[slot.cell].phase;
    if (process >= node.processes.size() || phase >= phases) continue;
    seconds[phase] +=
        part_on(signal, node.processes[process]) * static_cast<double>(slot.ns) * 1e-9;
  }
  return seconds;
}

Figure power_of(const Figure& energy, double seconds) {
  Figure power = energy;
  power.value /= seconds;
  power.lo /= seconds;
  power.hi /= seconds;
  return power;
}

double seconds_at(const std::vector<float>& sorted_ns, double part) {
  const auto last = static_cast<double>(sorted_ns.size() - 1);
  return static_cast<double>(sorted_ns[static_cast<std::size_t>(part * last)]) * 1e-9;
}

std::string why(const FitFacts& facts) {
  if (facts.timed_units == 0) return {};
  if (facts.fitted_units == 0) return "too few updates of the counter, or no two kinds of work";
  return "part of the energy by time";
}

FitSummary summarize_fit(const record::RunTables& run, const record::NodeTables& node,
                         const NodeResult& result, const SignalFigures& figures,
                         std::size_t index) {
  const record::Signal& signal = node.sensors[index].signal;
  const SignalResult& shares = result.signals[index];
  FitSummary fit;
  fit.node = node.info.hostname;
  fit.sensor = signal.id;
  const bool fitted = shares.fit.fitted_units > 0;
  fit.method = fitted ? SplitMethod::kFit : SplitMethod::kByTime;
  fit.why = why(shares.fit);
  fit.ticks = shares.fit.edge_widths_ns.size();
  if (fitted) fit.residual = shares.fit.residual / static_cast<double>(shares.fit.fitted_units);
  if (!shares.fit.edge_widths_ns.empty()) {
    std::vector<float> widths = shares.fit.edge_widths_ns;
    std::sort(widths.begin(), widths.end());
    fit.edge_median_s = seconds_at(widths, 0.5);
    fit.edge_p95_s = seconds_at(widths, 0.95);
  }
  std::vector<std::uint64_t> units(run.phases.size(), 0);
  for (std::size_t slot = 0; slot < result.slots.size(); ++slot)
    if (const std::uint32_t phase = node.cells[result.slots[slot].cell].phase; phase < units.size())
      units[phase] += shares.by_slot[slot];
  const std::vector<double> seconds = phase_seconds(signal, units.size(), node, result);
  fit.determined = fitted;
  for (std::uint32_t phase = 0; phase < units.size(); ++phase) {
    const GroupBounds& bounds = shares.bounds[result.groups.index(GroupKind::kPhase, phase)];
    if (!bounds.active || seconds[phase] <= 0.0) continue;
    fit.determined = fit.determined && bounds.fitted;
    fit.phase_power.push_back({phase == 0 ? std::string(kOutsidePhases) : run.phases[phase].name,
                               power_of(figures.share(units[phase], bounds), seconds[phase])});
  }
  return fit;
}

}  // namespace

std::vector<FitSummary> summarize_fits(const record::RunTables& run, const record::NodeTables& node,
                                       const NodeResult& result,
                                       const std::vector<SignalFigures>& figures) {
  std::vector<FitSummary> fits;
  if (std::none_of(result.slots.begin(), result.slots.end(),
                   [&](const Slot& slot) { return node.cells[slot.cell].phase != 0; }))
    return fits;
  for (std::size_t i = 0; i < figures.size(); ++i)
    if (result.signals[i].shared && figures[i].known() && result.signals[i].attributed() > 0)
      fits.push_back(summarize_fit(run, node, result, figures[i], i));
  return fits;
}

std::vector<StaticSummary> summarize_statics(const record::NodeTables& node,
                                             const NodeResult& result) {
  std::vector<StaticSummary> statics;
  for (std::size_t i = 0; i < node.sensors.size(); ++i) {
    const record::Signal& signal = node.sensors[i].signal;
    const SignalResult& shares = result.signals[i];
    if (!shares.shared || signal.domain != record::Domain::kPackage ||
        signal.provenance != record::Provenance::kMeasured || shares.attributed() == 0)
      continue;
    StaticSummary row;
    row.node = node.info.hostname;
    row.socket = signal.socket;
    row.domain = record::to_string(signal.domain);
    const IdlePower& power = shares.static_power;
    if (power.source() == StaticSource::kUnknown) {
      row.power_w =
          unknown_figure("lanes were active on it all the time, and no static-power was given");
    } else {
      row.origin = power.source() == StaticSource::kLearned ? "learned" : "configured";
      row.power_w.basis = Basis::kMeasured;
      row.power_w.value = power.units_per_ns() * 1e9 * signal.si_per_unit;
      // What other programs used meanwhile is in what was learned.
      row.power_w.lo = power.source() == StaticSource::kLearned ? 0.0 : row.power_w.value;
      row.power_w.hi = row.power_w.value;
    }
    statics.push_back(std::move(row));
  }
  return statics;
}

}  // namespace joulepath::analysis
