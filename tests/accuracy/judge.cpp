#include "tests/accuracy/judge.hpp"

#include <cmath>
#include <cstdio>
#include <map>
#include <stdexcept>

namespace joulepath::accuracy {
namespace {

std::string phase_name(const Program& program, std::uint32_t phase) {
  return phase == 0 ? std::string(analysis::kOutsidePhases) : program.phases[phase];
}

/// The class in which a report must show it. The whole of a call whose purpose is to wait
/// is waiting.
std::string class_of(const CellTruth& cell) {
  if (cell.function == kCompute) return "compute";
  return cell.waits || function_class(cell.function) == "wait" ? "MPI wait" : "MPI transfer";
}

/// True joules of every figure, by its name. Parts: the counters of a socket together
/// measure that many times its power.
std::map<std::string, double> true_figures(const Simulation& simulation) {
  std::map<std::string, double> figures;
  const Scenario& scenario = simulation.scenario;
  std::vector<double> parts(scenario.machine.sockets.size());
  for (std::size_t i = 0; i < scenario.sensors.size(); ++i) {
    const auto socket = static_cast<std::size_t>(scenario.sensors[i].socket);
    const double part = scenario.sensors[i].settings.part;
    const SensorSpan& span = simulation.recording.spans[i];
    const SocketPower& power = simulation.truth.sockets[socket];
    if (const int core = scenario.sensors[i].settings.core; core >= 0) {
      figures["sensor simulated:" + std::to_string(i)] =
          power.core_joules(core, span.first_ns, span.last_ns);
      continue;
    }
    const double joules = part * power.joules(span.first_ns, span.last_ns);
    parts[socket] += part;
    figures["total"] += joules;
    figures["socket " + std::to_string(socket)] += joules;
    figures["sensor simulated:" + std::to_string(i)] = joules;
    figures["nobody's"] += part * power.nobodys_joules(span.first_ns, span.last_ns);
  }
  for (const CellTruth& cell : simulation.truth.cells) {
    const Lane& lane = scenario.program.lanes[cell.lane];
    const double joules = cell.joules * parts[static_cast<std::size_t>(lane.socket())];
    figures["rank " + std::to_string(lane.rank())] += joules;
    figures["phase " + phase_name(scenario.program, cell.phase)] += joules;
    figures["class " + class_of(cell)] += joules;
    if (cell.function != kCompute) figures["function " + function_name(cell.function)] += joules;
  }
  return figures;
}

std::map<std::string, analysis::Figure> told_figures(const analysis::Summary& summary) {
  std::map<std::string, analysis::Figure> figures;
  figures["total"] = summary.energy;
  for (const auto& node : summary.nodes)
    for (const auto& socket : node.sockets)
      figures["socket " + std::to_string(socket.socket)] = socket.energy;
  for (const auto& sensor : summary.sensors) figures["sensor " + sensor.id] = sensor.energy;
  for (const auto& rank : summary.ranks) figures["rank " + std::to_string(rank.rank)] = rank.energy;
  for (const auto& phase : summary.phases) figures["phase " + phase.name] = phase.energy;
  for (const auto& row : summary.functions) figures["function " + row.name] = row.energy;
  for (const auto& row : summary.classes)
    figures["class " + std::string(analysis::to_string(row.report_class))] = row.energy;
  analysis::Figure nobodys = summary.idle;
  nobodys.add(summary.unattributed);
  figures["nobody's"] = nobodys;
  return figures;
}

std::string line(const char* format, auto... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

void check_sum(std::string& broken, const char* what, double sum, double attributed) {
  if (std::abs(sum - attributed) > 1e-9 * std::abs(attributed))
    broken += line("  the %s sum to %.9f J, attributed are %.9f J\n", what, sum, attributed);
}

void check_shares(std::string& broken, const analysis::Summary& summary) {
  for (const auto& [name, figure] : told_figures(summary)) {
    if (!figure.known()) continue;
    if (figure.value < 0 || figure.lo < 0)
      broken += line("  %s is negative: %.9f J\n", name.c_str(), figure.value);
    if (figure.value > summary.energy.value * (1 + 1e-12))
      broken += line("  %s is above the total: %.9f J\n", name.c_str(), figure.value);
    if (figure.lo > figure.value || figure.hi < figure.value)
      broken += line("  %s lies outside its own bounds\n", name.c_str());
  }
}

}  // namespace

bool Verdict::holds() const {
  const double rounding = 1e-9 * (1.0 + std::abs(truth_j));
  return energy.known() && energy.lo <= truth_j + rounding && truth_j <= energy.hi + rounding;
}

std::string Verdict::text() const {
  if (!energy.known())
    return line("%-24s truth %11.4f J  unknown: %s", figure.c_str(), truth_j,
                energy.missing_text().c_str());
  return line("%-24s truth %11.4f J  told %11.4f [%11.4f, %11.4f] %s  %+7.2f %% +-%.2f %%",
              figure.c_str(), truth_j, energy.value, energy.lo, energy.hi,
              std::string(analysis::to_string(energy.basis)).c_str(), 100 * error(),
              100 * half_width());
}

const Verdict& Judgement::at(std::string_view figure) const {
  for (const Verdict& verdict : verdicts)
    if (verdict.figure == figure) return verdict;
  throw std::logic_error("no truth for the figure " + std::string(figure));
}

analysis::Summary analyse(const Recording& recording) {
  analysis::NodeAttribution attribution(recording.run, recording.node);
  for (const auto& block : recording.blocks) attribution.add(block);
  analysis::SummaryBuilder builder(recording.run);
  builder.add(recording.node, attribution.finish());
  return builder.finish();
}

Judgement judge(const Simulation& simulation) {
  Judgement judgement;
  judgement.summary = analyse(simulation.recording);
  const auto told = told_figures(judgement.summary);
  for (const auto& [name, joules] : true_figures(simulation)) {
    const auto found = told.find(name);
    judgement.verdicts.push_back(
        {name, joules,
         found != told.end() ? found->second : analysis::unknown_figure("not in the summary")});
  }
  return judgement;
}

double true_class_seconds(const Simulation& simulation, std::string_view report_class) {
  double seconds = 0.0;
  for (const CellTruth& cell : simulation.truth.cells)
    if (class_of(cell) == report_class) seconds += cell.seconds;
  return seconds;
}

std::string broken_bounds(const Judgement& judgement) {
  std::string broken;
  for (const Verdict& verdict : judgement.verdicts)
    if (!verdict.holds()) broken += "  " + verdict.text() + "\n";
  return broken;
}

std::string broken_measurements(const Judgement& judgement) {
  std::string broken;
  for (const Verdict& verdict : judgement.verdicts) {
    const std::string& figure = verdict.figure;
    if (figure != "total" && !figure.starts_with("socket ") && !figure.starts_with("sensor "))
      continue;
    if (!verdict.holds()) broken += "  " + verdict.text() + "\n";
  }
  return broken;
}

std::string broken_conservation(const Simulation& simulation, const analysis::Summary& summary) {
  std::string broken;
  double attributed_j = 0.0;
  for (std::size_t i = 0; i < summary.sensors.size(); ++i) {
    if (!summary.sensors[i].counted) continue;
    const auto& raw = summary.sensors[i].raw;
    const SensorSpan& span = simulation.recording.spans[i];
    const std::uint64_t difference = span.last_units - span.first_units;
    if (!raw || !raw->attributed || !raw->idle || !raw->unattributed) {
      broken += "  a counted sensor has no exact integers\n";
      continue;
    }
    const auto wide = [](std::uint64_t units) { return static_cast<unsigned long long>(units); };
    if (raw->difference != difference)
      broken += line("  sensor %zu: difference %llu units, in truth %llu\n", i,
                     wide(raw->difference), wide(difference));
    const std::uint64_t sum = *raw->attributed + *raw->idle + *raw->unattributed;
    if (sum != raw->difference)
      broken += line("  sensor %zu: shares sum to %llu of %llu units\n", i, wide(sum),
                     wide(raw->difference));
    attributed_j += static_cast<double>(*raw->attributed) *
                    simulation.scenario.sensors[i].settings.joules_per_unit;
  }
  double ranks = 0.0;
  double phases = 0.0;
  double classes = 0.0;
  for (const auto& row : summary.ranks) ranks += row.energy.value;
  for (const auto& row : summary.phases) phases += row.energy.value;
  for (const auto& row : summary.classes) classes += row.energy.value;
  check_sum(broken, "ranks", ranks, attributed_j);
  check_sum(broken, "phases", phases, attributed_j);
  check_sum(broken, "classes", classes, attributed_j);
  check_shares(broken, summary);
  return broken;
}

}  // namespace joulepath::accuracy
