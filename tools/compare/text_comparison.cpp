#include "tools/compare/text_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/analysis/phase_tree.hpp"
#include "tools/compare/text_difference.hpp"
#include "tools/report/layout.hpp"
#include "tools/report/quantity.hpp"

namespace joulepath::compare {
namespace {

using namespace report;
using analysis::Figure;

std::string count_of(double count) {
  return count_text(static_cast<std::uint64_t>(std::llround(count)));
}

std::string row_text(const ComparedRow& row) {
  std::string text = difference_rows(row.name, row.energy, "J");
  if (row.each && row.count_before && row.count_after && *row.count_before != *row.count_after)
    text += difference_rows(
        fmt::format("each ({}, {})", count_of(*row.count_before), count_of(*row.count_after)),
        *row.each, "J");
  return text;
}

/// "unknown, because ..." for every reason once, at most a few.
std::string reasons_text(const std::vector<ComparedRow>& rows, std::size_t shown) {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> reasons;
  for (std::size_t i = 0; i < shown; ++i) {
    const Difference& energy = rows[i].energy;
    if (energy.verdict != Verdict::kUnknown && energy.verdict != Verdict::kNotAlike) continue;
    const std::string reason =
        fmt::format("{}, because {}", to_string(energy.verdict), energy.reason);
    if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
      reasons.push_back(reason);
  }
  std::string text;
  for (std::size_t i = 0; i < reasons.size() && i < kMost; ++i) text += paragraph(reasons[i], 2);
  if (reasons.size() > kMost)
    text += paragraph(fmt::format("... and {} more; --json lists all", reasons.size() - kMost), 2);
  return text;
}

std::string rows_section(const std::string& title, const std::vector<ComparedRow>& rows,
                         std::size_t top, const std::string& note = {}) {
  if (rows.empty()) return {};
  const std::size_t shown = std::min(top, rows.size());
  std::string text = table_head(title);
  for (std::size_t i = 0; i < shown; ++i) text += row_text(rows[i]);
  if (shown < rows.size())
    text += paragraph(
        fmt::format("... and {} more with smaller changes; --json lists all", rows.size() - shown),
        2);
  return text + reasons_text(rows, shown) + (note.empty() ? note : paragraph(note, 2));
}

template <class Of>
std::string side_text(const std::vector<RunFigures>& runs, Of of) {
  std::vector<std::string> texts;
  for (const RunFigures& run : runs) {
    const std::string text = of(run);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
  }
  return fmt::format("{}", fmt::join(texts, " | "));
}

constexpr std::size_t kNameWidth = 12;

std::string fact_line(const std::string& name, const std::string& text) {
  return fmt::format("  {:<10}{}\n", name, elide_middle(text, kWidth - kNameWidth));
}

/// Side by side where that fits, else one under the other.
template <class Of>
std::string fact(const Comparison& comparison, const std::string& name, Of of) {
  constexpr std::array<Column, 4> kFacts{
      {{1, Align::kLeft}, {9, Align::kLeft}, {33, Align::kLeft}, {34, Align::kLeft}}};
  const std::string before = side_text(comparison.before, of);
  const std::string after = side_text(comparison.after, of);
  if (std::max(display_width(before), display_width(after)) <= kFacts[2].width)
    return table_row(kFacts, {"", name, before, after});
  if (before == after) return fact_line(name, "both: " + before);
  return fact_line(name, "before: " + before) + fact_line("", "after:  " + after);
}

std::string header_section(const Comparison& comparison) {
  const auto hosts = [](const RunFigures& run) {
    return fmt::format("{} ({})", run.hosts.size(), fmt::join(run.hosts, ", "));
  };
  std::string text = "Joulepath compare\n";
  text += fmt::format("  {:<9} {:<33} {}\n", "", "before", "after");
  if (comparison.before.size() > 1 || comparison.after.size() > 1)
    text += fmt::format("  {:<9} {:<33} {}\n", "runs", comparison.before.size(),
                        comparison.after.size());
  text += fact(comparison, "trace", [](const RunFigures& run) { return run.trace; });
  text += fact(comparison, "command", [](const RunFigures& run) { return run.command; });
  text += fact(comparison, "MPI", [](const RunFigures& run) { return run.mpi; });
  text += fact(comparison, "nodes", hosts);
  text += fact(comparison, "ranks", [](const RunFigures& run) { return run.ranks; });
  text += fact(comparison, "duration",
               [](const RunFigures& run) { return duration_text(run.duration_s.value); });
  return text;
}

bool named(const std::vector<ComparedRow>& phases) {
  return std::any_of(phases.begin(), phases.end(),
                     [](const ComparedRow& row) { return row.name != analysis::kOutsidePhases; });
}

/// The largest sure difference of a table: "phase solve -206.0 J"; empty: none is sure.
std::string largest(const std::string& kind, const std::vector<ComparedRow>& rows) {
  if (rows.empty() || !rows.front().energy.sure()) return {};
  const ComparedRow& row = rows.front();
  return fmt::format("{}{} {}", kind, row.name, change_text(*row.energy.change, "J"));
}

std::string where(const Comparison& comparison) {
  std::string text;
  for (const std::string& part :
       {named(comparison.phases) ? largest("phase ", comparison.phases) : std::string(),
        largest("", comparison.classes), largest("", comparison.functions),
        largest("", comparison.domains)})
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  return text;
}

/// The answer: whether energy was saved, and where.
std::string answer_section(const Comparison& comparison) {
  const Difference& energy = comparison.energy;
  std::string text;
  switch (energy.verdict) {
    case Verdict::kLess:
      text = paragraph("LESS energy after: " + change_line(energy, "J") + ".", 0);
      break;
    case Verdict::kMore:
      text = paragraph("MORE energy after: " + change_line(energy, "J") + ".", 0);
      break;
    case Verdict::kUnknown:
      return paragraph("Whether energy was saved is unknown, because " + energy.reason + ".", 0);
    case Verdict::kNotAlike:
      return paragraph("Whether energy was saved cannot be told: " + energy.reason + ".", 0);
    default:
      text = paragraph(
          "NO SURE DIFFERENCE in energy: " + change_line(energy, "J") + "; the bounds hold 0.", 0);
  }
  const std::string places = where(comparison);
  text += paragraph(places.empty() ? "Where: not sure, no phase, class, function or domain "
                                     "differs by more than its bounds."
                                   : "Where, the largest sure ones: " + places + ".",
                    0);
  return text;
}

std::string warnings_section(const Comparison& comparison) {
  if (comparison.warnings.empty()) return {};
  std::string text = "Beware\n";
  for (const auto& warning : comparison.warnings) {
    std::string lines = paragraph(warning, 4);
    lines[2] = '-';
    text += lines;
  }
  return text;
}

/// How much the energies of a side's runs lie apart.
std::string spread_text(const std::vector<RunFigures>& runs, const std::string& side) {
  if (runs.size() < 2) return {};
  std::vector<Figure> energies;
  for (const RunFigures& run : runs)
    if (run.energy.known()) energies.push_back(run.energy);
  if (energies.size() < 2) return {};
  const auto by_value = [](const Figure& a, const Figure& b) { return a.value < b.value; };
  const auto [least, most] = std::minmax_element(energies.begin(), energies.end(), by_value);
  std::string text = fmt::format("{} runs {}: {} to {}", runs.size(), side, joules_text(*least),
                                 joules_text(*most));
  if (least->value > 0.0)
    text += fmt::format(", {} apart", percent_text(most->value / least->value - 1.0));
  return paragraph(text, 2);
}

std::string totals_section(const Comparison& comparison) {
  std::string text = table_head("In all");
  text += difference_rows("energy", comparison.energy, "J");
  text += difference_rows("duration", comparison.duration, "s");
  text += difference_rows("mean power", comparison.power, "W");
  text += difference_rows("energy x duration", comparison.delay_product, "J s");
  return text + spread_text(comparison.before, "before") + spread_text(comparison.after, "after");
}

std::string legend(const Comparison& comparison) {
  std::string text =
      "LESS, MORE: the bounds of the difference do not hold 0. within the bounds: they do, so "
      "there may be no difference.";
  if (comparison.before.size() > 1 || comparison.after.size() > 1)
    text += " Of several runs: their mean, with bounds from the lowest to the highest.";
  return paragraph(text, 0);
}

}  // namespace

std::string text_comparison(const Comparison& comparison, std::size_t top) {
  const std::string phases =
      named(comparison.phases)
          ? rows_section("By phase", comparison.phases, top,
                         "A phase holds those begun in it. each: of one instance (how many).")
          : std::string();
  std::string text;
  for (const std::string& section :
       {header_section(comparison), answer_section(comparison), warnings_section(comparison),
        totals_section(comparison), phases,
        rows_section("By class", comparison.classes, comparison.classes.size()),
        rows_section("By MPI function", comparison.functions, top),
        rows_section("By domain", comparison.domains, comparison.domains.size()),
        legend(comparison)}) {
    if (section.empty()) continue;
    text += (text.empty() ? "" : "\n") + section;
  }
  return text;
}

}  // namespace joulepath::compare
