#include "tools/slurm/slurm_figures.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "core/base/file.hpp"
#include "core/base/split.hpp"
#include "tools/launch/find_program.hpp"
#include "tools/launch/output_of.hpp"
#include "tools/report/labels.hpp"
#include "tools/report/quantity.hpp"
#include "tools/slurm/step_traces.hpp"
#include "tools/summarize/summarize_file.hpp"

namespace joulepath::tools {
namespace {

std::string said_by(const std::string& program, std::vector<std::string> arguments) {
  const auto path = find_program(program);
  if (!path) return {};
  arguments.insert(arguments.begin(), path->string());
  return output_of(arguments);
}

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

std::optional<double> shown_joules(const std::string& job) {
  constexpr std::string_view kKey = "energy=";
  const auto at = job.find(kKey);
  if (at == std::string::npos) return std::nullopt;
  char* end = nullptr;
  double joules = std::strtod(job.c_str() + at + kKey.size(), &end);
  constexpr std::string_view kPowers = "KMGT";
  if (const auto power = kPowers.find(*end); *end != '\0' && power != std::string_view::npos)
    joules *= std::pow(1000.0, static_cast<double>(power + 1));
  return std::isfinite(joules) && joules > 0 ? std::optional(joules) : std::nullopt;
}

base::Result<std::string> job_table(const std::string& job, const std::string& output) {
  if (!base::parse_u64(job))
    return base::Error{base::Errc::kUsage, "is no job number", job, 0,
                       "of an array's task, give the number that squeue -o %A shows"};
  const TracePlace place = trace_place(output, job);
  const auto steps = find_traces(place, job);
  if (steps.empty())
    return base::Error{base::Errc::kNotFound, "no trace of job " + job, place.folder.string(), 0,
                       "name its folder with --output"};
  const auto slurm =
      accounted_joules(said_by("sacct", {"-n", "-P", "-j", job, "-o", "JobID,ConsumedEnergyRaw"}));
  std::string text = row("STEP", "NODES", "RANKS", "TIME", "ENERGY", "SLURM'S", "DIFFERS");
  analysis::Figure all = analysis::zero_figure(analysis::Basis::kMeasured);
  for (const auto& [session, step] : steps) {
    const std::string name = session.substr(session.find('-') + 1);
    std::vector<std::filesystem::path> files = step.traces;
    files.insert(files.end(), step.parts.begin(), step.parts.end());
    for (const auto& file : files) {
      const auto summary = summarize_file(file);
      if (!summary) return summary.error();
      all.add(summary->energy);
      const auto theirs = files.size() == 1 ? slurm.find(name) : slurm.end();
      const bool both = theirs != slurm.end() && summary->energy.known();
      text += row(name, std::to_string(summary->nodes.size()), report::ranks_text(*summary),
                  report::duration_text(summary->duration_s), report::joules_text(summary->energy),
                  theirs != slurm.end() ? fmt::format("{:.0f} J", theirs->second) : "-",
                  both ? difference_text(summary->energy.value, theirs->second) : "-");
    }
  }
  const auto whole = shown_joules(said_by("scontrol", {"-o", "show", "job", job}));
  text += row("all", "", "", "", report::joules_text(all),
              whole ? fmt::format("{:.0f} J", *whole) : "-",
              whole && all.known() ? difference_text(all.value, *whole) : "-");
  if (slurm.empty() && !whole) text += "Slurm has no figure of this job.\n";
  return text + kWhy;
}

}  // namespace joulepath::tools
