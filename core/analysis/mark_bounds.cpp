#include "core/analysis/mark_bounds.hpp"

#include <algorithm>
#include <limits>

namespace joulepath::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();
/// A change that is worth another round; every round leaves true bounds, so an early end is safe.
constexpr double kWorth_ns = 0.5;
constexpr int kMostRounds = 200;

/// Between when all had come to a collective and when the first left, on the common scale.
struct Moment {
  double lo_ns = -kNone;
  double hi_ns = kNone;
};

/// Tightens to `value`; whether that was worth it.
bool raise(double& bound, double value) {
  const bool worth = value > bound + kWorth_ns;
  bound = std::max(bound, value);
  return worth;
}
bool lower(double& bound, double value) {
  const bool worth = value < bound - kWorth_ns;
  bound = std::min(bound, value);
  return worth;
}

void narrow_moments(const MarkedNode& node, const CorrectionBounds& own,
                    std::vector<Moment>& moments) {
  for (std::size_t i = 0; i < node.marks.size(); ++i) {
    const ScaledMark& mark = node.marks[i];
    const double waited = mark.end_ns - mark.begin_ns;
    Moment& moment = moments[mark.collective];
    // When it began the correction may have been another one.
    moment.lo_ns = std::max(moment.lo_ns, mark.begin_ns + own.lo_ns[i] - node.wander * waited);
    moment.hi_ns = std::min(moment.hi_ns, mark.end_ns + own.hi_ns[i]);
  }
}

bool narrow_corrections(const MarkedNode& node, const std::vector<Moment>& moments,
                        CorrectionBounds& own) {
  bool changed = false;
  for (std::size_t i = 0; i < node.marks.size(); ++i) {
    const ScaledMark& mark = node.marks[i];
    const double waited = mark.end_ns - mark.begin_ns;
    const Moment& moment = moments[mark.collective];
    changed |= raise(own.lo_ns[i], moment.lo_ns - mark.end_ns);
    changed |= lower(own.hi_ns[i], moment.hi_ns - mark.begin_ns + node.wander * waited);
  }
  return changed;
}

void carry(const MarkedNode& node, std::size_t from, std::size_t to, CorrectionBounds& own) {
  const double apart = node.marks[std::max(from, to)].at_ns - node.marks[std::min(from, to)].at_ns;
  own.lo_ns[to] = std::max(own.lo_ns[to], own.lo_ns[from] - node.wander * apart);
  own.hi_ns[to] = std::min(own.hi_ns[to], own.hi_ns[from] + node.wander * apart);
}

void carry_along(const MarkedNode& node, CorrectionBounds& own) {
  for (std::size_t i = 1; i < node.marks.size(); ++i) carry(node, i - 1, i, own);
  for (std::size_t i = node.marks.size(); i-- > 1;) carry(node, i, i - 1, own);
}

bool crossed(const CorrectionBounds& bounds) {
  constexpr double kTiny_ns = 1e-3;
  for (std::size_t i = 0; i < bounds.lo_ns.size(); ++i)
    if (bounds.lo_ns[i] > bounds.hi_ns[i] + kTiny_ns) return true;
  return false;
}

}  // namespace

std::optional<std::vector<CorrectionBounds>> enclose_corrections(
    const std::vector<MarkedNode>& nodes, std::size_t collectives, std::size_t& misfit) {
  std::vector<CorrectionBounds> bounds;
  for (const MarkedNode& node : nodes) {
    const double least = node.reference ? 0 : -kNone;
    bounds.push_back({std::vector<double>(node.marks.size(), least),
                      std::vector<double>(node.marks.size(), -least)});
  }
  std::vector<Moment> moments(collectives);
  bool changed = true;
  for (int round = 0; changed && round < kMostRounds; ++round) {
    changed = false;
    for (std::size_t n = 0; n < nodes.size(); ++n) narrow_moments(nodes[n], bounds[n], moments);
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      if (nodes[n].reference) continue;
      changed |= narrow_corrections(nodes[n], moments, bounds[n]);
      carry_along(nodes[n], bounds[n]);
      if (!crossed(bounds[n])) continue;
      misfit = n;
      return std::nullopt;
    }
  }
  return bounds;
}

}  // namespace joulepath::analysis
