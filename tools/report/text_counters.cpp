// What the CPU's and the kernel's counters counted in each phase: how fast, and for what energy.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/report/layout.hpp"
#include "tools/report/quantity.hpp"
#include "tools/report/text_sections.hpp"

namespace joulepath::report {
namespace {

using analysis::Counted;
using analysis::PhaseSummary;
using analysis::Summary;

constexpr std::array<Column, 6> kColumns{{{23, Align::kLeft},
                                          {9, Align::kRight},
                                          {19, Align::kLeft},
                                          {9, Align::kRight},
                                          {9, Align::kRight},
                                          {6, Align::kRight}}};

/// Floating-point operations are asked for by the joule, all else for what each costs.
constexpr std::string_view kFlop = "flop";

/// Behind all counters: there is none of that name.
std::size_t number_of(const Summary& summary, std::string_view name) {
  std::size_t i = 0;
  while (i < summary.counters.size() && summary.counters[i].name != name) ++i;
  return i;
}

std::string per_second(double count, double seconds) {
  return seconds > 0.0 ? count_text(static_cast<std::uint64_t>(std::llround(count / seconds)))
                       : std::string();
}

std::string cost_text(double count, const analysis::Figure& energy, bool flop) {
  if (!energy.known()) return "unknown";
  if (!(count > 0.0) || !(energy.value > 0.0)) return {};
  const char* mark = energy.basis == analysis::Basis::kEstimated ? "~" : "";
  return mark + ratio_text(flop ? 1e-9 * count / energy.value : 1e9 * energy.value / count);
}

std::string counter_table(const Summary& summary, std::size_t counter, std::size_t top) {
  const bool flop = summary.counters[counter].name == kFlop;
  const std::size_t none = summary.counters.size();
  const std::size_t cycles =
      summary.counters[counter].name == "instructions" ? number_of(summary, "cycles") : none;
  std::string text =
      table_row(kColumns, {"Counter: " + summary.counters[counter].name, "count", "[bounds]",
                           "per s", flop ? "GFLOP/J" : "nJ each", cycles < none ? "IPC" : ""});
  std::vector<const PhaseSummary*> phases;
  for (const PhaseSummary& phase : summary.phases)
    if (counter < phase.counts.size() && phase.counts[counter].hi > 0.0) phases.push_back(&phase);
  const auto more = [&](const PhaseSummary* a, const PhaseSummary* b) {
    return a->counts[counter].value > b->counts[counter].value;
  };
  std::stable_sort(phases.begin(), phases.end(), more);
  const std::size_t shown = std::min(top, phases.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const PhaseSummary& phase = *phases[i];
    const Counted& count = phase.counts[counter];
    std::string ipc;
    if (cycles < phase.counts.size() && phase.counts[cycles].value > 0.0)
      ipc = fmt::format("{:.2f}", count.value / phase.counts[cycles].value);
    text += table_row(
        kColumns,
        {"  " + phase.name, count_text(static_cast<std::uint64_t>(std::llround(count.value))),
         count_bounds_text(count.value, count.lo, count.hi), per_second(count.value, phase.seconds),
         cost_text(count.value, phase.energy, flop), ipc});
  }
  if (const std::size_t rest = phases.size() - shown; rest > 0)
    text += paragraph(fmt::format("... and {}; --json lists all", plural(rest, "more phase")), 2);
  return text;
}

}  // namespace

std::string counters_section(const Summary& summary, const TextOptions& options) {
  std::string text;
  const bool ipc = number_of(summary, "instructions") < summary.counters.size();
  for (std::size_t i = 0; i < summary.counters.size(); ++i) {
    if (!(summary.counters[i].total > 0.0) || (ipc && summary.counters[i].name == "cycles"))
      continue;
    text += counter_table(summary, i, options.phases);
  }
  if (!text.empty())
    text += paragraph(
        fmt::format("Of threads, for {} of their CPU time; a phase with those inside it. per s: of "
                    "the threads' time.",
                    percent_text(summary.counted_part.value_or(0.0))),
        2);
  if (!summary.counters_absent.empty())
    text += paragraph("Counters: not counted: " + summary.counters_absent, 0);
  return text;
}

}  // namespace joulepath::report
