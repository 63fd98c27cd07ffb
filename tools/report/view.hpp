// One way to look at a run: what was used, by rank, phase, function ... as rows whose
// energies add up to the run's total. The same rows are shown as text and as JSON.
// Pure: a summary in, rows out. Not here: widths, units, JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/analysis/summary.hpp"
#include "tools/report/view_options.hpp"

namespace joulepath::report {

struct ViewRow {
  /// What the row is of, for programs: {"rank", 3}, {"node", "node01"}.
  using Key = std::pair<std::string, std::variant<std::int64_t, std::string>>;

  std::string label;
  std::string sort_name;  ///< numbers padded; the label where empty
  std::vector<Key> keys;
  analysis::Figure energy;
  std::optional<double> seconds;
  std::optional<std::uint64_t> calls;  ///< or instances
  std::optional<double> cpu_seconds;
  std::string cores;   ///< "0,2"
  bool fixed = false;  ///< keeps its place below the others, is never cut: "idle"
  /// The rows inside are parts, such as waiting and transfer, and the first of them is
  /// what the view is about and sorts by; rows that are cut keep the sums of their parts.
  bool parted = false;
  std::size_t more = 0;         ///< this row stands for so many
  std::vector<ViewRow> inside;  ///< add up to this row
};

struct View {
  By by = By::kRank;
  std::string title;
  std::string time;         ///< what `seconds` are of: "rank time"
  std::string calls;        ///< what `calls` counts; empty: no such column
  bool of_threads = false;  ///< with CPU time and cores, in place of time and calls
  std::vector<ViewRow> rows;
  analysis::Figure total;
  std::string note;  ///< what a reader must know of these rows
};

/// Sorted and cut. The rows that are cut are one row, "(3 more)", with their sums.
View make_view(const analysis::Summary& summary, const ViewOptions& options);

/// Phases alone, as on the first page: without what no rank took.
View phases_view(const analysis::Summary& summary, std::size_t top);

}  // namespace joulepath::report
