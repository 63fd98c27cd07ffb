#include "tools/report/text_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/report/labels.hpp"
#include "tools/report/layout.hpp"
#include "tools/report/quantity.hpp"
#include "tools/report/text_sections.hpp"

namespace joulepath::report {
namespace {

using analysis::Figure;

// As the energy rows of the page, with room for a count; times are at most 8 wide.
constexpr std::array<Column, 7> kCountedColumns{{{1, Align::kLeft},
                                                 {21, Align::kLeft},
                                                 {11, Align::kRight},
                                                 {18, Align::kLeft},
                                                 {7, Align::kRight},
                                                 {9, Align::kRight},
                                                 {7, Align::kRight}}};
constexpr std::array<Column, 6> kCountedHead{{{23, Align::kLeft},
                                              {11, Align::kRight},
                                              {18, Align::kLeft},
                                              {7, Align::kRight},
                                              {9, Align::kRight},
                                              {7, Align::kRight}}};

std::string row_text(const View& view, const ViewRow& row, const std::string& indent) {
  const std::string label = indent + row.label;
  const std::string time = row.seconds ? seconds_text(*row.seconds) : std::string();
  if (view.calls.empty() && !view.of_threads)
    return energy_row(label, row.energy, view.total, time);
  const auto cells = [&](const std::string& seconds, const std::string& last) {
    return table_row(kCountedColumns, {"", label, joules_text(row.energy), bounds_text(row.energy),
                                       share_text(row.energy, view.total), seconds, last});
  };
  if (view.of_threads)
    return cells(row.cpu_seconds ? seconds_text(*row.cpu_seconds) : std::string(), row.cores);
  return cells(time, row.calls ? count_text(*row.calls) : std::string());
}

/// Rows deeper than that stand under each other, or no room for a name would be left.
constexpr std::size_t kDeepestIndent = 10;

std::string rows_text(const View& view, const std::vector<ViewRow>& rows, std::size_t indent) {
  std::string text;
  for (const ViewRow& row : rows)
    text += row_text(view, row, std::string(indent, ' ')) +
            rows_text(view, row.inside, std::min(indent + 2, kDeepestIndent));
  return text;
}

void collect_reasons(const std::vector<ViewRow>& rows, std::vector<std::string>& reasons) {
  for (const ViewRow& row : rows) {
    if (!row.energy.known())
      for (const auto& why : row.energy.missing)
        if (std::find(reasons.begin(), reasons.end(), why) == reasons.end()) reasons.push_back(why);
    collect_reasons(row.inside, reasons);
  }
}

bool all_known(const std::vector<ViewRow>& rows) {
  return std::all_of(rows.begin(), rows.end(),
                     [](const ViewRow& row) { return row.energy.known(); });
}

bool any_nested(const View& view) {
  return std::any_of(view.rows.begin(), view.rows.end(),
                     [](const ViewRow& row) { return !row.inside.empty(); });
}

std::string closing(const View& view) {
  ViewRow total;
  total.label = "total";
  total.energy = view.total;
  std::string text = row_text(view, total, "");
  if (!view.total.known()) return text;
  std::string sums = all_known(view.rows)
                         ? "The rows add up to the total."
                         : "Rows that are unknown are in no sum; the others are part of the total.";
  if (any_nested(view)) sums += " Rows that lie in another add up to it.";
  return text + paragraph(sums, 2);
}

/// "./solver: 12.35 s, 1 node, ranks: 4".
std::string run_line(const analysis::Summary& summary) {
  const std::string facts = fmt::format(": {}, {}, ranks: {}", duration_text(summary.duration_s),
                                        plural(summary.nodes.size(), "node"), ranks_text(summary));
  const std::string command = summary.command.empty() ? "command not recorded" : summary.command;
  return elide_middle(command, kWidth - display_width(facts)) + facts + "\n";
}

}  // namespace

std::string view_table(const View& view) {
  const auto head = [&](const std::string& time, const std::string& last) {
    return table_row(kCountedHead, {view.title, "energy", "[bounds]", "share", time, last});
  };
  const std::string first = view.of_threads      ? head("CPU time", "cores")
                            : view.calls.empty() ? energy_head(view.title, view.time)
                                                 : head(view.time, view.calls);
  return first + rows_text(view, view.rows, 0);
}

std::string unknown_notes(const View& view) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> reasons;
  collect_reasons(view.rows, reasons);
  std::string text;
  for (std::size_t i = 0; i < reasons.size() && i < kShown; ++i)
    text += paragraph("unknown, because " + reasons[i], 2);
  if (reasons.size() > kShown)
    text += paragraph(
        fmt::format("... and {}; --json lists all", plural(reasons.size() - kShown, "more reason")),
        2);
  return text;
}

std::string text_view(const analysis::Summary& summary, const ViewOptions& options) {
  const View view = make_view(summary, options);
  std::string text = run_line(summary) + "\n";
  text += view_table(view) + closing(view) + unknown_notes(view);
  if (!view.note.empty()) text += paragraph(view.note, 2);
  if (summary.estimated())
    text += paragraph("ESTIMATED: ~ is a model's figure; the whole report says why.", 2);
  if (view.total.known() && !view.total.missing.empty())
    text += paragraph("The total is incomplete; the whole report names what is missing.", 2);
  return text;
}

}  // namespace joulepath::report
