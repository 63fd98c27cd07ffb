#include "core/analysis/clock_alignment.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "core/analysis/clock_limits.hpp"
#include "core/analysis/median.hpp"

namespace joulepath::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();

/// Enclosure of the difference of two clocks: the second's correction less the first's.
struct Bound {
  double at_ns = 0;  ///< by the first clock
  double value_ns = 0;
  bool lower = false;
};

struct Line {
  double offset_ns = 0;  ///< at the origin
  double slope = 0;
};

/// A line through the middles of what encloses the difference in each of some windows, by the
/// median of all slopes: a few windows in which every message was late do not bend it.
class PairLine {
 public:
  PairLine(const std::vector<Bound>& bounds, double origin_ns)
      : bounds_(bounds), origin_ns_(origin_ns) {
    const auto [first, last] =
        std::minmax_element(bounds.begin(), bounds.end(),
                            [](const auto& a, const auto& b) { return a.at_ns < b.at_ns; });
    first_ns_ = first->at_ns;
    width_ns_ = std::max((last->at_ns - first_ns_) / kWindows, 1.0);
  }

  /// None where only one of the clocks has told the other anything.
  std::optional<Line> find() {
    Line line;
    for (int pass = 0; pass < 4; ++pass) {
      const auto found = residual(line);
      if (!found) return std::nullopt;
      line.offset_ns += found->offset_ns;
      line.slope = std::clamp(line.slope + found->slope, -kMostDrift, kMostDrift);
    }
    return line;
  }
  /// How uncertain the slope is.
  [[nodiscard]] double slope_error() const { return slope_error_; }

 private:
  static constexpr std::size_t kWindows = 64;
  struct Window {
    double lo = -kNone, hi = kNone;
  };
  struct Point {
    double at_ns, value_ns, half_ns;
  };

  std::optional<Line> residual(const Line& line) {
    std::vector<Window> windows(kWindows);
    Window all;
    for (const Bound& bound : bounds_) {
      const auto index =
          std::min(static_cast<std::size_t>((bound.at_ns - first_ns_) / width_ns_), kWindows - 1);
      const double value =
          bound.value_ns - line.offset_ns - line.slope * (bound.at_ns - origin_ns_);
      for (Window* window : {&windows[index], &all})
        (bound.lower ? window->lo : window->hi) =
            bound.lower ? std::max(window->lo, value) : std::min(window->hi, value);
    }
    if (!std::isfinite(all.lo) || !std::isfinite(all.hi)) return std::nullopt;
    std::vector<Point> points;
    for (std::size_t i = 0; i < kWindows; ++i)
      if (std::isfinite(windows[i].lo) && std::isfinite(windows[i].hi))
        points.push_back({first_ns_ + (static_cast<double>(i) + 0.5) * width_ns_,
                          (windows[i].lo + windows[i].hi) / 2,
                          std::abs(windows[i].hi - windows[i].lo) / 2});
    if (points.empty()) points.push_back({first_ns_, (all.lo + all.hi) / 2, 0});
    return through(points);
  }

  Line through(const std::vector<Point>& points) {
    std::vector<double> slopes, halves, values;
    for (std::size_t i = 0; i < points.size(); ++i)
      for (std::size_t j = i + 1; j < points.size(); ++j)
        slopes.push_back((points[j].value_ns - points[i].value_ns) /
                         (points[j].at_ns - points[i].at_ns));
    Line line;
    for (const Point& point : points) halves.push_back(point.half_ns);
    const double span_ns = points.back().at_ns - points.front().at_ns;
    slope_error_ = span_ns > 0 ? std::min(2 * median(halves) / span_ns, kMostDrift) : kMostDrift;
    // A slope that the noise alone could make is none.
    if (slope_error_ < kMostDrift) line.slope = median(slopes);
    for (const Point& point : points)
      values.push_back(point.value_ns - line.slope * (point.at_ns - origin_ns_));
    line.offset_ns = median(values);
    return line;
  }

  const std::vector<Bound>& bounds_;
  double origin_ns_;
  double first_ns_ = 0;
  double width_ns_ = 1;
  double slope_error_ = 0;
};

}  // namespace

class ClockAligner {
 public:
  ClockAligner(std::uint32_t clocks, std::span<const ClockOrder> orders)
      : orders_(orders), result_{std::vector<ClockLine>(clocks), {}, 0, 0} {}

  ClockAlignment run() && {
    for (ClockLine& clock : result_.clocks) clock.alone_ = true;
    for (const ClockOrder& order : orders_)
      if (order.from != order.to)
        result_.clocks[order.from].alone_ = result_.clocks[order.to].alone_ = false;
    if (find_lines() && find_corrections()) check();
    if (!result_.unknown.empty()) result_.clocks.clear();
    return std::move(result_);
  }

 private:
  using Pair = std::pair<std::uint32_t, std::uint32_t>;

  bool fail(std::uint32_t clock, const char* why) {
    result_.unknown = why;
    result_.unknown_clock = clock;
    return false;
  }

  /// The straight lines, along a tree over pairs of clocks from the reference on: those first
  /// that exchanged most.
  bool find_lines() {
    std::map<Pair, std::vector<Bound>> pairs;
    for (const ClockOrder& order : orders_) {
      if (order.from == order.to) continue;
      const auto from = static_cast<double>(order.from_ns), to = static_cast<double>(order.to_ns);
      if (order.from < order.to)
        pairs[{order.from, order.to}].push_back({from, from - to, true});
      else
        pairs[{order.to, order.from}].push_back({to, to - from, false});
    }
    struct Exchange {
      Pair pair;
      std::size_t strength;
    };
    std::vector<Exchange> edges;
    for (const auto& [pair, bounds] : pairs) {
      const auto lower = static_cast<std::size_t>(std::count_if(
          bounds.begin(), bounds.end(), [](const Bound& bound) { return bound.lower; }));
      if (const std::size_t both = std::min(lower, bounds.size() - lower); both > 0)
        edges.push_back({pair, both});
    }
    std::stable_sort(edges.begin(), edges.end(),
                     [](const Exchange& a, const Exchange& b) { return a.strength > b.strength; });
    std::vector<bool> reached(result_.clocks.size(), false);
    const auto start = std::find_if(result_.clocks.begin(), result_.clocks.end(),
                                    [](const ClockLine& clock) { return !clock.alone_; });
    if (start == result_.clocks.end()) return true;
    root_ = static_cast<std::uint32_t>(start - result_.clocks.begin());
    reached[root_] = true;
    for (bool more = true; more;) {
      more = false;
      for (const Exchange& edge : edges) {
        const auto [a, b] = edge.pair;
        if (reached[a] == reached[b]) continue;
        add_line(edge.pair, pairs[edge.pair], reached[a]);
        reached[a] = reached[b] = true;
        more = true;
        break;
      }
    }
    for (std::uint32_t clock = 0; clock < reached.size(); ++clock)
      if (!reached[clock] && !result_.clocks[clock].alone_)
        return fail(clock, "too few messages went both ways to align its clock");
    return true;
  }

  void add_line(Pair pair, const std::vector<Bound>& bounds, bool first_known) {
    const double origin = bounds.front().at_ns;
    PairLine line(bounds, origin);
    const auto found = line.find();
    if (!found) return;
    wander_ = std::max(wander_, kWander + line.slope_error());
    const ClockLine& known = result_.clocks[first_known ? pair.first : pair.second];
    ClockLine& made = result_.clocks[first_known ? pair.second : pair.first];
    const double sign = first_known ? 1 : -1;
    made.origin_ns_ = origin;
    made.slope_ = known.slope_ + sign * found->slope;
    made.at_origin_ns_ = known.line(origin) + sign * found->offset_ns;
  }

  /// Of one direction between two clocks, by window: the correction of the second less that
  /// of the first is at least this.
  using Least = std::vector<double>;

  bool find_corrections() {
    std::map<Pair, Least> least;
    double first = kNone, last = -kNone;
    const auto moved = [&](std::uint32_t clock, std::int64_t ns) {
      const auto local = static_cast<double>(ns);
      return local + result_.clocks[clock].line(local);
    };
    for (const ClockOrder& order : orders_) {
      const double at = moved(order.to, order.to_ns);
      first = std::min(first, at);
      last = std::max(last, at);
    }
    if (!(first <= last)) return true;
    // Short enough that clocks hardly wander in one, long enough that some message is fast.
    constexpr double kWindows = 64, kMostWindows = 512, kShortest_ns = 1e8, kLongest_ns = 2e9;
    const double length = last - first;
    const double spacing =
        std::max({std::min(length / kWindows, kLongest_ns), length / kMostWindows, kShortest_ns});
    const auto windows = static_cast<std::size_t>(length / spacing) + 1;
    for (const ClockOrder& order : orders_) {
      if (order.from == order.to) continue;
      const double to = moved(order.to, order.to_ns);
      auto& row = least[{order.from, order.to}];
      row.resize(windows, -kNone);
      double& known = row[std::min(static_cast<std::size_t>((to - first) / spacing), windows - 1)];
      known = std::max(known, moved(order.from, order.from_ns) - to + kMargin_ns);
    }
    for (ClockLine& clock : result_.clocks) {
      clock.first_knot_ns_ = first;
      clock.spacing_ns_ = spacing;
      clock.knots_.resize(windows + 1);
    }
    for (std::size_t knot = 0; knot <= windows; ++knot)
      if (!solve(knot, least, spacing)) return false;
    return true;
  }

  struct Edge {
    Pair pair;
    double exact;  ///< holds at this knot if it is to hold all through the windows beside it
    double sure;   ///< holds at this knot, however the clocks wandered
  };

  [[nodiscard]] std::vector<Edge> edges_at(std::size_t knot, const std::map<Pair, Least>& least,
                                           double spacing) const {
    std::vector<Edge> edges;
    for (const auto& [pair, row] : least) {
      Edge edge{pair, -kNone, -kNone};
      for (std::size_t window = 0; window < row.size(); ++window) {
        if (!std::isfinite(row[window])) continue;
        // Whole windows between the knot and this one.
        const double away = window >= knot ? static_cast<double>(window - knot)
                                           : static_cast<double>(knot - window - 1);
        edge.exact = std::max(edge.exact, row[window] - wander_ * spacing * away);
        edge.sure = std::max(edge.sure, row[window] - wander_ * spacing * (away + 1));
      }
      edges.push_back(edge);
    }
    return edges;
  }

  struct Enclosure {
    std::vector<double> lo, hi;
    bool found = false;
  };

  /// Least and greatest corrections that satisfy all, the reference's being 0: shortest paths.
  /// Both satisfy all at once, and so do their means.
  [[nodiscard]] Enclosure enclose(const std::vector<Edge>& edges, double Edge::*bound) const {
    const std::size_t clocks = result_.clocks.size();
    Enclosure result{std::vector<double>(clocks, -kNone), std::vector<double>(clocks, kNone),
                     false};
    result.lo[root_] = result.hi[root_] = 0;
    for (std::size_t round = 0; round <= clocks; ++round) {
      bool changed = false;
      for (const Edge& edge : edges) {
        const auto [from, to] = edge.pair;
        constexpr double kTiny_ns = 1e-3;
        if (result.lo[from] + edge.*bound > result.lo[to] + kTiny_ns) {
          result.lo[to] = result.lo[from] + edge.*bound;
          changed = true;
        }
        if (result.hi[to] - edge.*bound < result.hi[from] - kTiny_ns) {
          result.hi[from] = result.hi[to] - edge.*bound;
          changed = true;
        }
      }
      if (changed) continue;
      result.found = true;
      break;
    }
    return result;
  }

  bool solve(std::size_t knot, const std::map<Pair, Least>& least, double spacing) {
    const auto edges = edges_at(knot, least, spacing);
    const Enclosure sure = enclose(edges, &Edge::sure);
    Enclosure exact = enclose(edges, &Edge::exact);
    if (!exact.found) exact = sure;
    for (std::uint32_t clock = 0; clock < result_.clocks.size(); ++clock) {
      ClockLine& line = result_.clocks[clock];
      if (line.alone_) continue;
      if (!sure.found || !exact.found || !std::isfinite(exact.lo[clock] + exact.hi[clock]))
        return fail(clock, "its messages do not fit any one course of its clock");
      line.knots_[knot] = {(exact.lo[clock] + exact.hi[clock]) / 2, sure.lo[clock], sure.hi[clock]};
    }
    double most = 0, second = 0;
    for (const ClockLine& line : result_.clocks) {
      if (line.alone_) continue;
      const ClockLine::Knot& at = line.knots_[knot];
      const double half = std::max(at.hi_ns - at.correction_ns, at.correction_ns - at.lo_ns);
      second = std::max(second, std::min(most, half));
      most = std::max(most, half);
    }
    result_.error_ns =
        std::max(result_.error_ns, static_cast<std::int64_t>(std::ceil(most + second)));
    return true;
  }

  /// Nothing is promised that was not looked at.
  void check() {
    for (const ClockOrder& order : orders_)
      if (order.from != order.to && result_.clocks[order.from].to_reference(order.from_ns) >
                                        result_.clocks[order.to].to_reference(order.to_ns)) {
        fail(order.to, "its messages do not fit any one course of its clock");
        return;
      }
  }

  std::span<const ClockOrder> orders_;
  ClockAlignment result_;
  std::uint32_t root_ = 0;
  double wander_ = kWander;
};

ClockLine::Knot ClockLine::at(double reference_ns) const {
  if (knots_.empty()) return {};
  const double place = (reference_ns - first_knot_ns_) / spacing_ns_;
  if (place <= 0) return knots_.front();
  const auto index = static_cast<std::size_t>(place);
  if (index + 1 >= knots_.size()) return knots_.back();
  const double part = place - static_cast<double>(index);
  const Knot &a = knots_[index], &b = knots_[index + 1];
  const auto mix = [part](double x, double y) { return x + part * (y - x); };
  return {mix(a.correction_ns, b.correction_ns), mix(a.lo_ns, b.lo_ns), mix(a.hi_ns, b.hi_ns)};
}

double ClockLine::offset_ns(std::int64_t local_ns) const {
  const double straight = line(static_cast<double>(local_ns));
  return straight + at(static_cast<double>(local_ns) + straight).correction_ns;
}

ClockLine::Bounds ClockLine::bounds(std::int64_t local_ns) const {
  const double straight = line(static_cast<double>(local_ns));
  const Knot knot = at(static_cast<double>(local_ns) + straight);
  return {straight + knot.lo_ns, straight + knot.hi_ns};
}

std::int64_t ClockLine::to_reference(std::int64_t local_ns) const {
  return local_ns + std::llround(offset_ns(local_ns));
}

double ClockLine::error_ns() const {
  double most = 0;
  for (const Knot& knot : knots_)
    most = std::max({most, knot.hi_ns - knot.correction_ns, knot.correction_ns - knot.lo_ns});
  return most;
}

double ClockLine::drift_ppm() const {
  if (knots_.size() < 2) return slope_ * 1e6;
  const double span = spacing_ns_ * static_cast<double>(knots_.size() - 1);
  return (slope_ + (knots_.back().correction_ns - knots_.front().correction_ns) / span) * 1e6;
}

ClockAlignment align_clocks(std::uint32_t clocks, std::span<const ClockOrder> orders) {
  return ClockAligner(clocks, orders).run();
}

}  // namespace joulepath::analysis
