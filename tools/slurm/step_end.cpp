#include "tools/slurm/step_end.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

#include "tools/report/quantity.hpp"
#include "tools/report/text_sections.hpp"
#include "tools/slurm/step_sessions.hpp"
#include "tools/slurm/step_traces.hpp"
#include "tools/summarize/summarize_file.hpp"

namespace joulepath::tools {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLook{50};
/// A step whose tasks never called MPI_Init has no file to wait for.
constexpr milliseconds kNothingYet{1000};
constexpr std::size_t kMostLines = 20;

bool is_whole(const StepTraces& step, std::size_t nodes) {
  return step.complete && step.parts.empty() && step.nodes >= nodes;
}

std::map<std::string, StepTraces> wait_for_traces(const TracePlace& place, const StepEnd& end) {
  const auto start = steady_clock::now();
  for (;;) {
    auto found = find_traces(place, end.what);
    // Of a script, the steps have told their own totals already.
    if (end.launchers)
      std::erase_if(found, [](const auto& session) {
        return session.first.find(".mpirun-") == std::string::npos;
      });
    bool whole = !found.empty();
    // The last recorder of the step gathers; we do it only where that does not come about.
    for (const auto& [session, step] : found) whole = whole && is_whole(step, end.nodes);
    const auto waited = steady_clock::now() - start;
    const bool hopeless = found.empty() && (!end.asked || waited > kNothingYet);
    if (whole || waited > end.patience || hopeless) return found;
    std::this_thread::sleep_for(kLook);
  }
}

std::string line_of(const std::string& name, const TracePlace& place, const StepTraces& step,
                    const std::string& session, std::size_t nodes) {
  const auto trace = joined_trace(place, step, session);
  if (!trace) return fmt::format("{}: no trace: {}", name, trace.error().message());
  const auto summary = summarize_file(*trace);
  if (!summary) return fmt::format("{}: {}", name, summary.error().message());
  const analysis::Figure& energy = summary->energy;
  std::string text = name + ": ";
  if (!energy.known())
    text += "energy unknown, because " + energy.missing_text();
  else
    text += fmt::format("{} {} {}", report::joules_text(energy), report::bounds_text(energy),
                        to_string(energy.basis));
  text += fmt::format(", {}, {}", report::plural(summary->nodes.size(), "node"),
                      report::duration_text(summary->duration_s));
  if (energy.known() && !energy.missing.empty()) text += ", incomplete (see the report)";
  if (nodes > summary->nodes.size())
    text += fmt::format(", {} of {} nodes recorded nothing", nodes - summary->nodes.size(), nodes);
  if (!step.complete) text += ", cut short: a recorder was killed";
  return text + "; trace " + trace->string();
}

}  // namespace

bool is_whole(const StepEnd& end) {
  const auto found = find_traces(trace_place(end.output, end.job()), end.what);
  return !found.empty() && std::all_of(found.begin(), found.end(), [&](const auto& session) {
    return is_whole(session.second, end.nodes);
  });
}

std::vector<std::string> lines_at_end(const StepEnd& end) {
  settle_sessions(end.what, end.patience);
  const std::string job = end.job();
  const TracePlace place = trace_place(end.output, job);
  const auto found = wait_for_traces(place, end);
  std::vector<std::string> lines;
  if (found.empty() && end.asked)
    lines.push_back(
        fmt::format("step {}: nothing recorded in {}: no task called MPI_Init, or "
                    "recording failed (its line above says why)",
                    end.what, place.folder.string()));
  for (const auto& [session, step] : found) {
    if (lines.size() == kMostLines) {
      lines.push_back(
          fmt::format("and {} more; joulepath slurm {}", found.size() - kMostLines, job));
      break;
    }
    const std::string name = session.substr(session.find('-') + 1);
    lines.push_back(
        line_of((end.launchers ? "" : "step ") + name, place, step, session, end.nodes));
  }
  return lines;
}

}  // namespace joulepath::tools
