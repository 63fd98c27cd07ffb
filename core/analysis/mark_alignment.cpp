#include "core/analysis/mark_alignment.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/analysis/clock_limits.hpp"
#include "core/analysis/exit_line.hpp"
#include "core/analysis/mark_bounds.hpp"

namespace joulepath::analysis {

using record::ClockRow;
using record::NodeClock;
using record::NodeMark;
using record::NodeMarks;

namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();
constexpr const char* kNoMarks =
    "its processes called no collective of all ranks together with the reference's (MPI_Barrier, "
    "MPI_Allreduce, MPI_Allgather, MPI_Alltoall or MPI_Reduce_scatter_block on MPI_COMM_WORLD)";
constexpr const char* kMisfit = "its collectives do not fit any one course of its clock";
constexpr const char* kSeveralWorlds = "several programs ran, whose ranks have the same numbers";

/// One node beside the reference. Times are since `origin_ns`, so that no digit is lost.
struct AlignedNode {
  std::size_t node = 0;
  std::int64_t origin_ns = 0;
  ExitLine line;
  MarkedNode scaled;
  std::vector<double> correction_ns;  ///< by mark, on top of the line
  CorrectionBounds bounds;

  /// Between marks on a straight line.
  [[nodiscard]] double correction(double at_ns) const {
    const auto& marks = scaled.marks;
    const auto next =
        std::lower_bound(marks.begin(), marks.end(), at_ns,
                         [](const ScaledMark& mark, double at) { return mark.at_ns < at; });
    if (next == marks.begin()) return correction_ns.front();
    if (next == marks.end()) return correction_ns.back();
    const auto i = static_cast<std::size_t>(next - marks.begin());
    const double part = (at_ns - marks[i - 1].at_ns) / (next->at_ns - marks[i - 1].at_ns);
    return correction_ns[i - 1] + part * (correction_ns[i] - correction_ns[i - 1]);
  }
};

class MarkAligner {
 public:
  explicit MarkAligner(std::span<const NodeMarks> nodes) : nodes_(nodes), clocks_(nodes.size()) {}

  std::vector<NodeClock> run() && {
    if (nodes_.size() < 2) return std::move(clocks_);
    if (several_worlds()) return all_unknown(kSeveralWorlds);
    if (!choose_reference()) return all_unknown(kNoMarks);
    // A node whose clock does not fit is left out, and the rest is tried again.
    while (aligned_.size() > 1) {
      const auto misfit = align();
      if (!misfit) break;
      clocks_[aligned_[*misfit].node].unknown = kMisfit;
      aligned_.erase(aligned_.begin() + static_cast<std::ptrdiff_t>(*misfit));
    }
    if (aligned_.size() < 2) {
      clocks_[reference_].unknown = "no other node's clock could be aligned with it";
      return std::move(clocks_);
    }
    for (const AlignedNode& node : aligned_) write(node);
    return std::move(clocks_);
  }

 private:
  [[nodiscard]] bool several_worlds() const {
    std::set<std::int32_t> ranks;
    std::int32_t world = -1;
    for (const NodeMarks& node : nodes_) {
      if (node.several_worlds) return true;
      if (node.ranks.empty()) continue;
      if (world >= 0 && world != node.world) return true;
      world = node.world;
      for (const std::int32_t rank : node.ranks)
        if (!ranks.insert(rank).second) return true;
    }
    return false;
  }

  std::vector<NodeClock> all_unknown(const char* why) {
    for (NodeClock& clock : clocks_) clock.unknown = why;
    return std::move(clocks_);
  }

  /// The first that fits most others. False: no two nodes have marks of the same collective.
  bool choose_reference() {
    constexpr std::size_t kMostTried = 8;
    std::optional<std::size_t> most;
    std::size_t tried = 0;
    for (std::size_t node = 0; node < nodes_.size() && tried < kMostTried; ++node) {
      if (nodes_[node].marks.empty()) continue;
      ++tried;
      const std::vector<AlignedNode> found = beside(node);
      std::size_t fit = 0;
      for (std::size_t i = 1; i < found.size(); ++i)
        if (fits(found.front(), found[i])) ++fit;
      if (!most || fit > *most) {
        most = fit;
        reference_ = node;
      }
      if (fit * 2 >= nodes_.size() - 1) break;
    }
    if (!most) return false;
    aligned_ = beside(reference_);
    if (aligned_.size() < 2) return false;
    std::set<std::size_t> known;
    for (const AlignedNode& node : aligned_) known.insert(node.node);
    for (std::size_t node = 0; node < nodes_.size(); ++node)
      if (!known.contains(node)) clocks_[node].unknown = kNoMarks;
    for (std::size_t i = aligned_.size(); i-- > 1;) {
      if (fits(aligned_.front(), aligned_[i])) continue;
      clocks_[aligned_[i].node].unknown = kMisfit;
      aligned_.erase(aligned_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return true;
  }

  /// The reference first, then all nodes that have a collective in common with it.
  std::vector<AlignedNode> beside(std::size_t reference) {
    collectives_.clear();
    for (const NodeMark& mark : nodes_[reference].marks)
      collectives_.try_emplace(mark.ordinal, collectives_.size());
    std::vector<AlignedNode> found;
    found.push_back(one(reference, reference));
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (node == reference || nodes_[node].marks.empty()) continue;
      AlignedNode other = one(node, reference);
      if (!other.scaled.marks.empty()) found.push_back(std::move(other));
    }
    return found;
  }

  [[nodiscard]] AlignedNode one(std::size_t node, std::size_t reference) const {
    AlignedNode result;
    result.node = node;
    result.origin_ns = nodes_[node].marks.front().first_end_ns;
    const std::int64_t other_origin_ns = nodes_[reference].marks.front().first_end_ns;
    std::vector<ExitPoint> points;
    for (const NodeMark& mark : nodes_[node].marks) {
      const auto collective = collectives_.find(mark.ordinal);
      if (collective == collectives_.end()) continue;
      const NodeMark& other = nodes_[reference].marks[collective->second];
      const auto begin = static_cast<double>(mark.last_begin_ns - result.origin_ns);
      const auto end = static_cast<double>(mark.first_end_ns - result.origin_ns);
      const auto other_begin = static_cast<double>(other.last_begin_ns - other_origin_ns);
      const auto other_end = static_cast<double>(other.first_end_ns - other_origin_ns);
      points.push_back({end, other_end - end, other_begin - end, other_end - begin});
      result.scaled.marks.push_back({collective->second, end, begin, end});
    }
    result.scaled.reference = node == reference;
    if (points.empty() || result.scaled.reference) return result;
    result.line = exit_line(points);
    result.scaled.wander = kWander + result.line.slope_error;
    for (ScaledMark& mark : result.scaled.marks) {
      mark.begin_ns += result.line.at(mark.begin_ns);
      mark.end_ns += result.line.at(mark.end_ns);
    }
    return result;
  }

  [[nodiscard]] bool fits(const AlignedNode& reference, const AlignedNode& other) const {
    std::size_t misfit = 0;
    return enclose_corrections({reference.scaled, other.scaled}, collectives_.size(), misfit)
        .has_value();
  }

  /// The place in `aligned_` of a node that does not fit; nothing: all do.
  std::optional<std::size_t> align() {
    std::vector<MarkedNode> scaled;
    for (const AlignedNode& node : aligned_) scaled.push_back(node.scaled);
    std::size_t misfit = 0;
    const auto sure = enclose_corrections(scaled, collectives_.size(), misfit);
    if (!sure) return misfit;
    const auto likely = enclose_likely(scaled).value_or(*sure);
    for (std::size_t i = 0; i < aligned_.size(); ++i) {
      aligned_[i].bounds = (*sure)[i];
      estimate(aligned_[i], likely[i]);
    }
    return put_in_order();
  }

  /// Clocks wander less than they may: by the least of some steps with which all fits.
  [[nodiscard]] std::optional<std::vector<CorrectionBounds>> enclose_likely(
      std::vector<MarkedNode> scaled) const {
    for (double wander = kWander / 32; wander < kWander; wander *= 2) {
      for (MarkedNode& node : scaled) node.wander = node.wander > 0 ? wander : 0;
      for (std::size_t i = 0; i < scaled.size(); ++i)
        if (!scaled[i].reference) scaled[i].wander += aligned_[i].line.slope_error;
      std::size_t misfit = 0;
      if (auto found = enclose_corrections(scaled, collectives_.size(), misfit)) return found;
    }
    return std::nullopt;
  }

  /// Between the line by the exits and the middle of what encloses it: the narrower that is, and
  /// the noisier the exits, the more of the middle.
  static void estimate(AlignedNode& node, const CorrectionBounds& likely) {
    const auto& marks = node.scaled.marks;
    node.correction_ns.assign(marks.size(), 0);
    if (node.scaled.reference) return;
    const double span_ns = marks.back().at_ns - marks.front().at_ns;
    constexpr double kUsualBend = 3e-9;  // a clock beside its own straight line, of the whole time
    constexpr double kOfHalf = 0.3;      // the middle is off by such a part of the half-width
    const double exits_ns = 2 * node.line.noise_ns / std::sqrt(static_cast<double>(marks.size())) +
                            kUsualBend * span_ns;
    for (std::size_t i = 0; i < marks.size(); ++i) {
      const double lo = likely.lo_ns[i], hi = likely.hi_ns[i];
      const double middle_ns = kOfHalf * (hi - lo) / 2;
      const double weights = exits_ns * exits_ns + middle_ns * middle_ns;
      const double middle = (lo + hi) / 2;
      const double mixed = weights > 0 ? middle * exits_ns * exits_ns / weights : middle;
      node.correction_ns[i] = std::clamp(mixed, std::min(lo, hi), std::max(lo, hi));
    }
  }

  struct Crossing {
    double came_ns = -kNone;  ///< the last had come
    double left_ns = kNone;   ///< the first left
    std::size_t last = 0;
  };

  [[nodiscard]] Crossing crossing(std::size_t collective) const {
    Crossing found;
    for (std::size_t i = 0; i < aligned_.size(); ++i) {
      const ScaledMark* mark = mark_of(i, collective);
      if (mark == nullptr) continue;
      const double came = came_at(i, *mark);
      if (came > found.came_ns) {
        found.came_ns = came;
        found.last = i;
      }
      found.left_ns = std::min(found.left_ns, left_at(i, *mark));
    }
    return found;
  }

  [[nodiscard]] const ScaledMark* mark_of(std::size_t i, std::size_t collective) const {
    const auto& marks = aligned_[i].scaled.marks;
    const auto found = std::lower_bound(
        marks.begin(), marks.end(), collective,
        [](const ScaledMark& mark, std::size_t key) { return mark.collective < key; });
    return found != marks.end() && found->collective == collective ? &*found : nullptr;
  }
  [[nodiscard]] double came_at(std::size_t i, const ScaledMark& mark) const {
    // The correction was another one when the wait began.
    return mark.begin_ns + aligned_[i].correction(mark.at_ns - (mark.end_ns - mark.begin_ns));
  }
  [[nodiscard]] double left_at(std::size_t i, const ScaledMark& mark) const {
    return mark.end_ns + aligned_[i].correction(mark.at_ns);
  }

  /// Moves corrections by what is needed so that nobody leaves before all have come. Returns the
  /// place in `aligned_` of a node for which that cannot be had.
  std::optional<std::size_t> put_in_order() {
    constexpr int kMostPasses = 20;
    std::optional<std::size_t> wrong;
    for (int pass = 0; pass < kMostPasses; ++pass) {
      wrong.reset();
      for (std::size_t collective = 0; collective < collectives_.size(); ++collective) {
        const Crossing at = crossing(collective);
        if (!(at.came_ns + kMargin_ns > at.left_ns)) continue;
        wrong = at.last != 0 ? at.last : 1;
        move_apart(collective, (at.came_ns + at.left_ns) / 2);
      }
      if (!wrong) return std::nullopt;
    }
    return wrong;
  }

  void move_apart(std::size_t collective, double moment_ns) {
    constexpr double kHalf_ns = 0.6 * kMargin_ns;  // a little more than is asked for
    std::vector<double> moves(aligned_.size(), 0);
    for (std::size_t i = 0; i < aligned_.size(); ++i)
      if (const ScaledMark* mark = mark_of(i, collective)) {
        const double least = moment_ns + kHalf_ns - left_at(i, *mark);
        const double most = moment_ns - kHalf_ns - came_at(i, *mark);
        moves[i] = least <= most ? std::clamp(0.0, least, most) : (least + most) / 2;
      }
    for (std::size_t i = 1; i < aligned_.size(); ++i)
      if (const ScaledMark* mark = mark_of(i, collective)) {
        const auto at = static_cast<std::size_t>(mark - aligned_[i].scaled.marks.data());
        aligned_[i].correction_ns[at] += moves[i] - moves[0];
      }
  }

  void write(const AlignedNode& node) {
    std::vector<ClockRow>& rows = clocks_[node.node].rows;
    const NodeMarks& own = nodes_[node.node];
    const auto& marks = node.scaled.marks;
    const std::int64_t base_ns = nodes_[reference_].marks.front().first_end_ns - node.origin_ns;
    // Between two marks the offset may leave the bounds' straight lines by half of the wander.
    const auto row = [&](double at_ns, double correction, double lo, double hi) {
      const double line = node.line.at(at_ns);
      const std::int64_t offset = base_ns + std::llround(line + correction);
      rows.push_back(
          {node.origin_ns + std::llround(at_ns), offset,
           std::min(offset, base_ns + static_cast<std::int64_t>(std::floor(line + lo)) - 1),
           std::max(offset, base_ns + static_cast<std::int64_t>(std::ceil(line + hi)) + 1)});
      if (node.scaled.reference) rows.back().lo_ns = rows.back().hi_ns = rows.back().offset_ns = 0;
    };
    const auto from_origin = [&](std::int64_t t_ns) {
      return static_cast<double>(t_ns - node.origin_ns);
    };
    if (const double at = from_origin(own.first_ns); at < marks.front().at_ns) {
      const double spread = node.scaled.wander * (marks.front().at_ns - at);
      row(at, node.correction_ns.front(), node.bounds.lo_ns.front() - spread,
          node.bounds.hi_ns.front() + spread);
    }
    for (std::size_t i = 0; i < marks.size(); ++i) {
      double gap = 0;
      if (i > 0) gap = marks[i].at_ns - marks[i - 1].at_ns;
      if (i + 1 < marks.size()) gap = std::max(gap, marks[i + 1].at_ns - marks[i].at_ns);
      const double spread = node.scaled.wander * gap / 2;
      row(marks[i].at_ns, node.correction_ns[i], node.bounds.lo_ns[i] - spread,
          node.bounds.hi_ns[i] + spread);
    }
    if (const double at = from_origin(own.last_ns); at > marks.back().at_ns) {
      const double spread = node.scaled.wander * (at - marks.back().at_ns);
      row(at, node.correction_ns.back(), node.bounds.lo_ns.back() - spread,
          node.bounds.hi_ns.back() + spread);
    }
  }

  std::span<const NodeMarks> nodes_;
  std::vector<NodeClock> clocks_;
  std::map<std::uint64_t, std::size_t> collectives_;  ///< ordinals that the reference has
  std::size_t reference_ = 0;
  std::vector<AlignedNode> aligned_;  ///< the reference first
};

}  // namespace

std::vector<NodeClock> align_by_marks(std::span<const NodeMarks> nodes) {
  return MarkAligner(nodes).run();
}

}  // namespace joulepath::analysis
