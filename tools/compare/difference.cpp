#include "tools/compare/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace joulepath::compare {
namespace {

using analysis::Basis;
using analysis::Figure;

Verdict verdict_of(const Figure& change) {
  if (change.hi < 0.0) return Verdict::kLess;
  return change.lo > 0.0 ? Verdict::kMore : Verdict::kWithinBounds;
}

Figure subtracted(const Figure& before, const Figure& after) {
  Figure change;
  change.value = after.value - before.value;
  change.lo = after.lo - before.hi;
  change.hi = after.hi - before.lo;
  change.basis = worse(before.basis, after.basis);
  return change;
}

std::optional<RelativeChange> relative_of(const Figure& before, const Figure& after) {
  if (!(before.value > 0.0)) return std::nullopt;
  RelativeChange relative;
  relative.value = after.value / before.value - 1.0;
  relative.lo = after.lo / before.hi - 1.0;
  if (before.lo > 0.0) relative.hi = after.hi / before.lo - 1.0;
  return relative;
}

std::string_view kind_of(const Figure& figure) {
  return figure.basis == Basis::kEstimated ? "estimated" : "measured";
}

/// Why the two cannot be subtracted, unknown or not alike; an empty reason: they can.
std::pair<Verdict, std::string> hindrance(const Figure& before, const Figure& after,
                                          const std::string& not_alike) {
  if (!before.known()) return {Verdict::kUnknown, "before: " + before.missing_text()};
  if (!after.known()) return {Verdict::kUnknown, "after: " + after.missing_text()};
  if (!not_alike.empty()) return {Verdict::kNotAlike, not_alike};
  if ((before.basis == Basis::kEstimated) != (after.basis == Basis::kEstimated))
    return {Verdict::kNotAlike,
            fmt::format("before is {}, after is {}", kind_of(before), kind_of(after))};
  return {Verdict::kWithinBounds, {}};
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kLess: return "less";
    case Verdict::kMore: return "more";
    case Verdict::kWithinBounds: return "within the bounds";
    case Verdict::kOnlyBefore: return "only before";
    case Verdict::kOnlyAfter: return "only after";
    case Verdict::kNotAlike: return "not alike";
    case Verdict::kUnknown: break;
  }
  return "unknown";
}

Difference difference(std::optional<Figure> before, std::optional<Figure> after,
                      const std::string& not_alike) {
  Difference result;
  result.before = std::move(before);
  result.after = std::move(after);
  if (!result.before || !result.after) {
    result.verdict = result.before ? Verdict::kOnlyBefore : Verdict::kOnlyAfter;
    // What is left out of a side may be there all the same.
    if (!not_alike.empty()) result.verdict = Verdict::kNotAlike;
    result.reason = not_alike;
    return result;
  }
  std::tie(result.verdict, result.reason) = hindrance(*result.before, *result.after, not_alike);
  if (!result.reason.empty()) return result;
  result.change = subtracted(*result.before, *result.after);
  result.relative = relative_of(*result.before, *result.after);
  result.verdict = verdict_of(*result.change);
  return result;
}

Figure joined(std::span<const Figure> runs) {
  Figure all;
  std::size_t unknown = 0;
  for (const Figure& run : runs) {
    if (!run.known()) ++unknown;
    all.add(run);
  }
  if (unknown > 0 || runs.empty())
    return runs.size() == 1
               ? runs.front()
               : analysis::unknown_figure(fmt::format("not known in {} of {} runs: {}", unknown,
                                                      runs.size(), all.missing_text()));
  all.value /= static_cast<double>(runs.size());
  const auto by_lo = [](const Figure& a, const Figure& b) { return a.lo < b.lo; };
  const auto by_hi = [](const Figure& a, const Figure& b) { return a.hi < b.hi; };
  all.lo = std::min_element(runs.begin(), runs.end(), by_lo)->lo;
  all.hi = std::max_element(runs.begin(), runs.end(), by_hi)->hi;
  return all;
}

}  // namespace joulepath::compare
