// In what the energy went: classes of time, MPI functions, phases, and how evenly.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/report/layout.hpp"
#include "tools/report/quantity.hpp"
#include "tools/report/text_sections.hpp"
#include "tools/report/text_view.hpp"

namespace joulepath::report {
namespace {

using analysis::Summary;

constexpr std::array<Column, 7> kFunctionColumns{{{1, Align::kLeft},
                                                  {21, Align::kLeft},
                                                  {10, Align::kRight},
                                                  {17, Align::kLeft},
                                                  {8, Align::kRight},
                                                  {8, Align::kRight},
                                                  {8, Align::kRight}}};
constexpr std::array<Column, 6> kFunctionHead{{{23, Align::kLeft},
                                               {10, Align::kRight},
                                               {17, Align::kLeft},
                                               {8, Align::kRight},
                                               {8, Align::kRight},
                                               {8, Align::kRight}}};

}  // namespace

std::string classes_section(const Summary& summary) {
  if (summary.classes.empty()) return {};
  std::string text = energy_head("By class", "rank time");
  for (const auto& row : summary.classes)
    text += energy_row(std::string(to_string(row.report_class)), row.energy, summary.energy,
                       seconds_text(row.seconds));
  for (const auto& row : summary.classes)
    if (!row.energy.known() && !row.energy.missing.empty() && summary.energy.known())
      return text + paragraph("unknown, because " + row.energy.missing.front(), 2);
  return text;
}

std::string functions_section(const Summary& summary, const TextOptions& options) {
  if (summary.functions.empty()) {
    if (summary.ranks.empty()) return {};
    return "MPI functions\n" + paragraph("no MPI call was recorded", 2);
  }
  const std::size_t shown = std::min(options.functions, summary.functions.size());
  std::string text = table_row(
      kFunctionHead, {"Most costly calls", "energy", "[bounds]", "time", "calls", "bytes"});
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& row = summary.functions[i];
    text += table_row(kFunctionColumns,
                      {"", row.name, joules_text(row.energy), bounds_text(row.energy),
                       seconds_text(row.seconds), count_text(row.calls), bytes_text(row.bytes)});
  }
  if (const std::size_t more = summary.functions.size() - shown; more > 0)
    text +=
        paragraph(fmt::format("... and {}; --json lists all", plural(more, "more function")), 2);
  return text;
}

std::string phases_section(const Summary& summary, const TextOptions& options) {
  const bool named = std::any_of(summary.phases.begin(), summary.phases.end(), [](const auto& row) {
    return row.name != analysis::kOutsidePhases;
  });
  if (!named) return {};
  const View view = phases_view(summary, options.phases);
  return view_table(view) + unknown_notes(view);
}

std::string imbalance_section(const Summary& summary) {
  const auto& imbalance = summary.imbalance;
  if (!imbalance.compute_seconds && !imbalance.energy) return {};
  std::string text = "Imbalance over ranks (largest over mean, less 1)\n";
  const auto line = [&](const char* name, const std::optional<double>& value) {
    if (value) text += fmt::format("  {:<14}{:>8}\n", name, percent_text(*value));
  };
  line("compute time", imbalance.compute_seconds);
  line("energy", imbalance.energy);
  return text;
}

}  // namespace joulepath::report
