#include "tools/compare/alike.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "core/analysis/figure.hpp"

namespace joulepath::compare {
namespace {

using Runs = std::span<const RunFigures>;
using Names = std::set<std::string>;

std::string joined_names(const Names& names, std::string_view separator) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, separator));
}

template <class Of>
Names names_of(Runs runs, Of of) {
  Names names;
  for (const RunFigures& run : runs) names.merge(of(run));
  return names;
}

/// Whether all runs of both sides are the same in what `of` says of them.
template <class Of>
bool same(Runs before, Runs after, Of of) {
  const auto first = of(before.front());
  const auto as_first = [&](const RunFigures& run) { return of(run) == first; };
  return std::all_of(before.begin(), before.end(), as_first) &&
         std::all_of(after.begin(), after.end(), as_first);
}

/// "before A, after B".
template <class Of>
std::string both(Runs before, Runs after, Of of) {
  constexpr std::string_view kOr = " or ";
  return fmt::format("before {}, after {}", joined_names(names_of(before, of), kOr),
                     joined_names(names_of(after, of), kOr));
}

Names counted(const RunFigures& run) {
  return run.counted;
}
Names sources(const RunFigures& run) {
  return {joined_names(run.sources, ", ")};
}
Names cpus(const RunFigures& run) {
  return {joined_names(run.cpus, ", ")};
}
Names node_count(const RunFigures& run) {
  return {std::to_string(run.hosts.size())};
}
Names ranks(const RunFigures& run) {
  return {run.ranks};
}
Names waiting(const RunFigures& run) {
  switch (run.waiting) {
    case Waiting::kEvents: return {"by the times of each call"};
    case Waiting::kExcess: return {"by what calls took beyond their least time"};
    case Waiting::kNotTold: break;
  }
  return {"by whole functions"};
}
bool estimated(const RunFigures& run) {
  return run.energy.basis == analysis::Basis::kEstimated;
}

/// "before: a.h5: node01: ..." of each run that has something to say.
template <class Of>
void add_each(Runs runs, std::string_view side, Of of, std::vector<std::string>& texts) {
  for (const RunFigures& run : runs) {
    const std::vector<std::string>& own = of(run);
    if (own.empty()) continue;
    std::string text = fmt::format("{} ({}): {}", side, run.trace, own.front());
    if (own.size() > 1) text += fmt::format(", and {} more such", own.size() - 1);
    texts.push_back(std::move(text));
  }
}

template <class Of>
void add_each(Runs before, Runs after, const std::string& what, Of of,
              std::vector<std::string>& warnings) {
  std::vector<std::string> texts;
  add_each(before, "before", of, texts);
  add_each(after, "after", of, texts);
  for (const auto& text : texts) warnings.push_back(what + ": " + text + ".");
}

bool any_incomplete(Runs runs) {
  return std::any_of(runs.begin(), runs.end(),
                     [](const RunFigures& run) { return !run.incomplete.empty(); });
}

/// What forbids to subtract.
void find_hindrances(Runs before, Runs after, Alike& alike) {
  if (any_incomplete(before) || any_incomplete(after)) {
    alike.incomplete = "a trace is incomplete";
    add_each(
        before, after, "Incomplete, so its energy is too small and no difference is given",
        [](const RunFigures& run) -> const auto& { return run.incomplete; }, alike.warnings);
  }
  alike.energy = alike.incomplete;
  if (!same(before, after, counted)) {
    const std::string text = both(before, after, counted);
    alike.warnings.push_back("The totals do not count the same devices of a node: " + text +
                             ". No difference is given but of domains that both count alike.");
    if (alike.energy.empty()) alike.energy = "the totals do not count the same devices";
  }
  if (!same(before, after, estimated)) {
    alike.warnings.push_back(
        "Measured and estimated totals: an estimate comes from a model of CPU time and memory, so "
        "no difference is given.");
    if (alike.energy.empty()) alike.energy = "measured and estimated totals";
  }
  if (!same(before, after, waiting)) {
    alike.waiting = "waiting is told apart in different ways";
    alike.warnings.push_back(
        "Waiting in MPI is told apart in different ways: " + both(before, after, waiting) +
        ". No difference of MPI wait and MPI transfer is given.");
  }
}

/// What a reader must know to judge a difference.
void find_circumstances(Runs before, Runs after, Alike& alike) {
  auto& warnings = alike.warnings;
  const auto differ = [&](const std::string& what, auto of) {
    if (!same(before, after, of)) warnings.push_back(what + ": " + both(before, after, of) + ".");
  };
  differ("Another number of nodes", node_count);
  differ("Another number of ranks", ranks);
  differ("Other processors", cpus);
  differ("Other sensors, whose errors may differ", sources);
  if (same(before, after, node_count) &&
      !same(before, after, [](const RunFigures& run) { return run.hosts; }))
    warnings.push_back(
        "The runs were not all on the same nodes: machines of one kind may need unlike power for "
        "the same work, and no bound holds that.");
  add_each(
      before, after, "Shared with other programs, whose energy is in the total as unattributed",
      [](const RunFigures& run) -> const auto& { return run.shared; }, warnings);
  add_each(
      before, after, "Not in the totals",
      [](const RunFigures& run) -> const auto& { return run.unread; }, warnings);
  add_each(
      before, after, "Not all was read; the bounds hold what was missed",
      [](const RunFigures& run) -> const auto& { return run.lost; }, warnings);
  if (estimated(before.front()) && same(before, after, estimated))
    warnings.push_back(
        "ESTIMATED: figures marked ~ come from a model of CPU time and memory, not from a sensor.");
  if (before.size() == 1 || after.size() == 1)
    warnings.push_back(
        "One run of a side does not tell how much its runs differ among themselves. Bounds hold "
        "the error of measuring alone: record each side several times, and give all traces with "
        "--before and --after.");
}

}  // namespace

Alike how_alike(Runs before, Runs after) {
  Alike alike;
  find_hindrances(before, after, alike);
  find_circumstances(before, after, alike);
  return alike;
}

}  // namespace joulepath::compare
