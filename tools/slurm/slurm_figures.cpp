#include "tools/slurm/slurm_figures.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "core/base/file.hpp"
#include "core/base/split.hpp"
#include "tools/report/labels.hpp"
#include "tools/report/quantity.hpp"
#include "tools/slurm/recorded_steps.hpp"
#include "tools/slurm/slurm_program.hpp"

namespace joulepath::tools {
namespace {

std::string row(const std::string& step, const std::string& nodes, const std::string& ranks,
                const std::string& time, const std::string& ours, const std::string& slurms,
                const std::string& difference) {
  return fmt::format("{:<18} {:>5} {:>6} {:>12} {:>13} {:>11} {:>10}\n", step, nodes, ranks, time,
                     ours, slurms, difference);
}

std::string difference_text(double ours, double slurms) {
  return fmt::format("{:+.1f} %", 100 * (slurms - ours) / ours);
}

constexpr const char* kWhy =
    "Slurm's figure of a step is of the whole node from the step's launch to its end, and is that\n"
    "of the plug-in that the administrator chose (AcctGatherEnergyType). Joulepath's begins in\n"
    "MPI_Init, ends with the last rank, and adds up the sensors that its report names. So Slurm's\n"
    "is larger by the launch, by what no counted sensor covers, and by what other jobs used.\n"
    "A script's mpirun is no step on its first node: Slurm's figure lacks that node.\n";

/// Why there is no figure of a step; `accounted` is what sacct said.
std::string why_no_steps(std::string_view accounted) {
  if (accounted.empty()) return "Slurm's figure of a step comes from sacct, which is not here.\n";
  const std::string_view first = accounted.substr(0, accounted.find('\n'));
  const bool refused = first.find('|') == std::string_view::npos;
  return fmt::format("Slurm's figure of a step comes from sacct, which {}.\n",
                     refused ? fmt::format("says: {}", first) : "has none of these");
}

}  // namespace

std::map<std::string, double> accounted_joules(std::string_view lines) {
  std::map<std::string, double> joules;
  for (const std::string_view line : base::split(lines, '\n')) {
    const auto words = base::split(line, '|');
    if (words.size() != 2) continue;
    if (const auto number = base::parse_u64(words[1]); number && *number > 0)
      joules[std::string(words[0])] = static_cast<double>(*number);
  }
  return joules;
}

namespace {
/// "energy=1234" or "energy=1.20K" of a line.
std::optional<double> energy_in(std::string_view line) {
  constexpr std::string_view kKey = "energy=";
  const auto at = line.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string text(line.substr(at + kKey.size()));
  char* end = nullptr;
  double joules = std::strtod(text.c_str(), &end);
  constexpr std::string_view kPowers = "KMGT";
  if (const auto power = kPowers.find(*end); *end != '\0' && power != std::string_view::npos)
    joules *= std::pow(1000.0, static_cast<double>(power + 1));
  return std::isfinite(joules) && joules > 0 ? std::optional(joules) : std::nullopt;
}
}  // namespace

std::optional<double> shown_joules(std::string_view lines, const std::string& job) {
  std::optional<double> sum;
  for (const std::string_view line : base::split(lines, '\n')) {
    // All parts of a heterogeneous job are its own, all tasks of an array are not.
    if (!line.starts_with("JobId=" + job + " ") &&
        line.find(" HetJobId=" + job + " ") == std::string_view::npos)
      continue;
    const auto joules = energy_in(line);
    if (!joules) return std::nullopt;
    sum = sum.value_or(0) + *joules;
  }
  return sum;
}

base::Result<std::string> job_table(const std::string& job, const std::string& output) {
  const auto steps = recorded_steps(job, output);
  if (!steps) return steps.error();
  const std::string accounted =
      said_by("sacct", {"-n", "-P", "-j", job, "-o", "JobID,ConsumedEnergyRaw"}).value_or("");
  const auto slurm = accounted_joules(accounted);
  std::string text = row("STEP", "NODES", "RANKS", "TIME", "ENERGY", "SLURM'S", "DIFFERS");
  analysis::Figure all = analysis::zero_figure(analysis::Basis::kMeasured);
  for (const RecordedStep& step : *steps) {
    const analysis::Summary& summary = step.summary;
    all.add(summary.energy);
    const auto theirs = step.alone ? slurm.find(step.name) : slurm.end();
    const bool both = theirs != slurm.end() && summary.energy.known();
    text += row(step.name, std::to_string(summary.nodes.size()), report::ranks_text(summary),
                report::duration_text(summary.duration_s), report::joules_text(summary.energy),
                theirs != slurm.end() ? fmt::format("{:.0f} J", theirs->second) : "-",
                both ? difference_text(summary.energy.value, theirs->second) : "-");
  }
  const auto whole =
      shown_joules(said_by("scontrol", {"-o", "show", "job", job}).value_or(""), job);
  text += row("all", "", "", "", report::joules_text(all),
              whole ? fmt::format("{:.0f} J", *whole) : "-",
              whole && all.known() ? difference_text(all.value, *whole) : "-");
  if (slurm.empty()) text += why_no_steps(accounted);
  if (!whole)
    text +=
        "scontrol shows no energy of this job: it is forgotten (MinJobAge), or Slurm has no\n"
        "AcctGatherEnergyType.\n";
  return text + kWhy;
}

}  // namespace joulepath::tools
