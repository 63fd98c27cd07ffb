#include "tools/compare/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/analysis/report_class.hpp"
#include "tools/compare/alike.hpp"

namespace joulepath::compare {
namespace {

using analysis::Basis;
using analysis::Figure;

using Runs = std::span<const RunFigures>;
using Table = std::vector<RowFigures> RunFigures::*;

/// Energy and duration go up and down together or not, so each bound takes the worst of both.
Figure power_of(const RunFigures& run) {
  if (!run.energy.known()) return run.energy;
  if (!(run.duration_s.lo > 0.0)) return analysis::unknown_figure("shorter than a sample");
  Figure power = run.energy;
  power.value /= run.duration_s.value;
  power.lo /= run.duration_s.hi;
  power.hi /= run.duration_s.lo;
  return power;
}

Figure delay_product_of(const RunFigures& run) {
  Figure product = run.energy;
  product.value *= run.duration_s.value;
  product.lo *= run.duration_s.lo;
  product.hi *= run.duration_s.hi;
  return product;
}

template <class Of>
Figure over_runs(Runs runs, Of of) {
  std::vector<Figure> figures;
  for (const RunFigures& run : runs) figures.push_back(of(run));
  return joined(figures);
}

template <class Of>
Difference difference_of(Runs before, Runs after, const std::string& not_alike, Of of) {
  return difference(over_runs(before, of), over_runs(after, of), not_alike);
}

/// One row of a side: what its runs say of `name`.
struct SideRow {
  std::optional<Figure> energy;
  std::optional<Figure> each;
  std::optional<double> seconds;
  std::optional<double> count;
  std::vector<std::set<std::string>> devices;
};

Figure divided(Figure figure, double by) {
  for (double* value : {&figure.value, &figure.lo, &figure.hi}) *value /= by;
  return figure;
}

template <class T>
std::optional<double> mean_of(const std::vector<T>& values, std::size_t runs) {
  if (values.empty() || values.size() != runs) return std::nullopt;
  double sum = 0.0;
  for (const T value : values) sum += static_cast<double>(value);
  return sum / static_cast<double>(runs);
}

SideRow side_row(Runs runs, Table table, const std::string& name) {
  std::vector<Figure> energies;
  std::vector<Figure> each;
  std::vector<double> seconds;
  std::vector<std::uint64_t> counts;
  SideRow side;
  for (const RunFigures& run : runs) {
    const auto& rows = run.*table;
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const RowFigures& own) { return own.name == name; });
    if (row == rows.end()) continue;
    energies.push_back(row->energy);
    if (row->seconds) seconds.push_back(*row->seconds);
    if (row->count) counts.push_back(*row->count);
    if (row->count.value_or(0) > 0)
      each.push_back(divided(row->energy, static_cast<double>(*row->count)));
    side.devices.push_back(row->devices);
  }
  if (energies.empty()) return side;
  side.energy = energies.size() == runs.size()
                    ? joined(energies)
                    : analysis::unknown_figure(
                          fmt::format("it is in {} of {} runs only", energies.size(), runs.size()));
  if (each.size() == runs.size()) side.each = joined(each);
  side.seconds = mean_of(seconds, runs.size());
  side.count = mean_of(counts, runs.size());
  return side;
}

std::vector<std::string> names_of(Runs before, Runs after, Table table) {
  std::vector<std::string> names;
  for (const Runs runs : {before, after})
    for (const RunFigures& run : runs)
      for (const RowFigures& row : run.*table)
        if (std::find(names.begin(), names.end(), row.name) == names.end())
          names.push_back(row.name);
  return names;
}

/// What stands higher in a table, and by which size among its like.
std::pair<int, double> importance(const Difference& difference) {
  const auto size = [](const std::optional<Figure>& figure) {
    return figure && figure->known() ? std::abs(figure->value) : 0.0;
  };
  if (difference.sure()) return {3, size(difference.change)};
  if (!difference.before || !difference.after)
    return {2, size(difference.before) + size(difference.after)};
  if (difference.change) return {1, size(difference.change)};
  return {0, std::max(size(difference.before), size(difference.after))};
}

/// `not_alike`: of a row by its name and sides, why it must not be subtracted.
template <class NotAlike>
std::vector<ComparedRow> compared_rows(Runs before, Runs after, Table table, NotAlike not_alike) {
  std::vector<ComparedRow> rows;
  for (const std::string& name : names_of(before, after, table)) {
    const SideRow a = side_row(before, table, name);
    const SideRow b = side_row(after, table, name);
    const std::string why = not_alike(name, a, b);
    ComparedRow& row = rows.emplace_back();
    row.name = name;
    row.energy = difference(a.energy, b.energy, why);
    if (table == &RunFigures::phases && a.each && b.each)
      row.each = difference(a.each, b.each, why);
    row.seconds_before = a.seconds;
    row.seconds_after = b.seconds;
    row.count_before = a.count;
    row.count_after = b.count;
  }
  std::stable_sort(rows.begin(), rows.end(), [](const ComparedRow& a, const ComparedRow& b) {
    return importance(a.energy) > importance(b.energy);
  });
  return rows;
}

bool told_by_waiting(const std::string& class_name) {
  using analysis::ReportClass;
  return class_name == to_string(ReportClass::kWait) ||
         class_name == to_string(ReportClass::kTransfer);
}

/// Domains are alike where the nodes of each run have as many of their devices.
bool same_devices(const SideRow& before, const SideRow& after) {
  if (before.devices.empty() || after.devices.empty()) return true;
  const auto as_first = [&](const auto& devices) { return devices == before.devices.front(); };
  return std::all_of(before.devices.begin(), before.devices.end(), as_first) &&
         std::all_of(after.devices.begin(), after.devices.end(), as_first);
}

}  // namespace

Comparison compare(std::vector<RunFigures> before, std::vector<RunFigures> after) {
  const Alike alike = how_alike(before, after);
  Comparison result;
  result.warnings = alike.warnings;
  const auto total = [&](const std::string& not_alike, auto of) {
    return difference_of(before, after, not_alike, of);
  };
  result.energy = total(alike.energy, [](const RunFigures& run) { return run.energy; });
  result.duration = total(alike.incomplete, [](const RunFigures& run) { return run.duration_s; });
  result.power = total(alike.energy, power_of);
  result.delay_product = total(alike.energy, delay_product_of);
  const auto as_total = [&](const std::string&, const SideRow&, const SideRow&) {
    return alike.energy;
  };
  result.phases = compared_rows(before, after, &RunFigures::phases, as_total);
  result.functions = compared_rows(before, after, &RunFigures::functions, as_total);
  result.classes = compared_rows(
      before, after, &RunFigures::classes,
      [&](const std::string& name, const SideRow&, const SideRow&) {
        return alike.energy.empty() && told_by_waiting(name) ? alike.waiting : alike.energy;
      });
  result.domains = compared_rows(before, after, &RunFigures::domains,
                                 [&](const std::string&, const SideRow& a, const SideRow& b) {
                                   if (!alike.incomplete.empty() || same_devices(a, b))
                                     return alike.incomplete;
                                   return std::string("not as many devices of a node");
                                 });
  result.before = std::move(before);
  result.after = std::move(after);
  return result;
}

}  // namespace joulepath::compare
