#include "core/analysis/power_fit.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace joulepath::analysis {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr std::size_t kBlocks = 16;
/// Blocks are also left out together, so that what only one stretch of time tells about is
/// uncertain: power drifts, and what held then need not hold at other times.
constexpr std::size_t kStretches = 4;
/// Jackknife deviations that a bound is wide: blocks are few, and the tails are not normal.
constexpr double kDeviations = 5.0;
/// A correction is a bias estimated in its turn: a bound doubts all of it, and as much again.
constexpr double kCorrections = 2.0;
/// Of a direction's information, the part that is not error of the ends. Below, the
/// correction is no longer small against what it corrects.
constexpr double kReliable = 0.75;
/// Deviations of the differences between lanes that a bound is wide.
constexpr double kLaneDeviations = 4.0;
/// Smallest eigenvalue of the scaled normal equations that counts as information.
constexpr double kSmallest = 1e-9;
/// Information with which each direction holds to the mean power.
constexpr double kHold = 1e-6;
/// How much of a share may lie in directions that are not determined.
constexpr double kLoading = 1e-3;

Eigen::Index index_of(std::size_t number) {
  return static_cast<Eigen::Index>(number);
}

/// Normal equations of one block, and the sums that the error of the ends follows from.
struct Sums {
  explicit Sums(std::size_t classes)
      : squares(Matrix::Zero(index_of(classes), index_of(classes))),
        products(Vector::Zero(index_of(classes))),
        times(Vector::Zero(index_of(classes))) {}
  Matrix squares;   ///< of times
  Vector products;  ///< of times and units
  Vector times;
  double units = 0.0;
  double units_squared = 0.0;
  double intervals = 0.0;
  double spread = 0.0;  ///< sum over both ends of each interval: variance, times lanes
  double shift = 0.0;   ///< the same: half the squared shift, times lanes
  double lanes = 0.0;   ///< largest number of lanes

  void add(const Sums& other, double sign) {
    squares += sign * other.squares;
    products += sign * other.products;
    times += sign * other.times;
    units += sign * other.units;
    units_squared += sign * other.units_squared;
    intervals += sign * other.intervals;
    spread += sign * other.spread;
    shift += sign * other.shift;
    lanes = std::max(lanes, other.lanes);
  }
  [[nodiscard]] double mean_power() const {
    const double all = times.sum();
    return all > 0.0 ? units / all : 0.0;
  }
};

/// What the differences between the lanes of a class follow from; by (class, lane).
struct LaneSums {
  explicit LaneSums(std::size_t classes) : class_count(classes) {}
  std::size_t class_count;
  std::vector<std::uint32_t> of_class;
  std::vector<double> times;
  std::vector<double> squares;
  std::vector<double> products;  ///< of its times and those of each class, class by class

  void add(const FitInterval& interval) {
    for (const LaneTime& lane : interval.lane_times) {
      if (lane.part >= times.size()) resize(lane.part + 1);
      of_class[lane.part] = lane.of_class;
      times[lane.part] += lane.ns;
      squares[lane.part] += lane.ns * lane.ns;
      double* row = &products[lane.part * class_count];
      for (const ClassTime& column : interval.times) row[column.of_class] += lane.ns * column.ns;
    }
  }
  [[nodiscard]] Eigen::Map<const Vector> product(std::size_t part) const {
    return {&products[part * class_count], index_of(class_count)};
  }

 private:
  void resize(std::size_t parts) {
    of_class.resize(parts, 0);
    times.resize(parts, 0.0);
    squares.resize(parts, 0.0);
    products.resize(parts * class_count, 0.0);
  }
};

enum class Lanes { kIndependent, kTogether };

/// Expectation of what the errors of the ends add to the normal equations. With f the
/// part of time in each class, a lane at an end is in class c with probability f(c):
/// a random error adds its variance to class c alone. A constant shift moves both ends; of
/// its square, by stationarity, half counts, less what both ends have in common.
/// Several lanes are at an end together; whether in the same class is not known.
Matrix end_errors(const Sums& sums, Lanes lanes) {
  const double all = sums.times.sum();
  if (all <= 0.0) return Matrix::Zero(sums.times.size(), sums.times.size());
  const Vector f = sums.times / all;
  const Matrix own = f.asDiagonal();
  const Matrix common = f * f.transpose();
  const double others = std::max(sums.lanes - 1.0, 0.0);
  const Matrix at_end =
      lanes == Lanes::kTogether ? Matrix((1.0 + others) * own) : Matrix(own + others * common);
  return sums.spread * at_end + sums.shift * (at_end - (1.0 + others) * common);
}

/// The directions of power (columns) that the data determine.
Matrix determined_directions(const Matrix& squares, const Matrix& errors, Matrix& scaled_basis,
                             std::vector<bool>& reliable, Vector& scale) {
  scale = squares.diagonal().cwiseMax(0.0).cwiseSqrt();
  for (Eigen::Index c = 0; c < scale.size(); ++c) scale(c) = scale(c) > 0.0 ? 1.0 / scale(c) : 0.0;
  const Matrix scaled = scale.asDiagonal() * squares * scale.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Matrix> information(scaled);
  std::vector<Eigen::Index> kept;
  for (Eigen::Index i = 0; i < scale.size(); ++i)
    if (information.eigenvalues()(i) > kSmallest) kept.push_back(i);
  Matrix whitened(scale.size(), index_of(kept.size()));
  for (std::size_t i = 0; i < kept.size(); ++i)
    whitened.col(index_of(i)) =
        information.eigenvectors().col(kept[i]) / std::sqrt(information.eigenvalues()(kept[i]));
  const Matrix inside = whitened.transpose() *
                        (scale.asDiagonal() * (squares - errors) * scale.asDiagonal()) * whitened;
  const Eigen::SelfAdjointEigenSolver<Matrix> reliability(inside);
  scaled_basis = whitened * reliability.eigenvectors();
  reliable.assign(kept.size(), false);
  std::vector<Eigen::Index> good;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    reliable[i] = reliability.eigenvalues()(index_of(i)) >= kReliable;
    if (reliable[i]) good.push_back(index_of(i));
  }
  Matrix directions(scale.size(), index_of(good.size()));
  for (std::size_t i = 0; i < good.size(); ++i)
    directions.col(index_of(i)) = scale.asDiagonal() * scaled_basis.col(good[i]);
  return directions;
}

Vector solve_in(const Matrix& directions, const Sums& sums, const Matrix& errors) {
  const Vector mean = Vector::Constant(sums.times.size(), sums.mean_power());
  if (directions.cols() == 0) return mean;
  const Matrix corrected = sums.squares - errors;
  Matrix normal = directions.transpose() * corrected * directions;
  // The directions are of unit information in the whole data; without a block one may have
  // none left, and then keeps the mean power.
  normal.diagonal().array() += kHold;
  const Vector right = directions.transpose() * (sums.products - corrected * mean);
  const Vector powers = mean + directions * normal.ldlt().solve(right);
  return powers.cwiseMax(0.0);
}

double part_of(const Vector& powers, const Vector& times, const Vector& member) {
  const Vector energy = powers.cwiseProduct(times);
  const double all = energy.sum();
  return all > 0.0 ? energy.dot(member) / all : 0.0;
}

double jackknife_variance(const std::vector<Vector>& without, const Vector& times,
                          const Vector& member) {
  const auto count = static_cast<double>(without.size());
  double sum = 0.0;
  double squares = 0.0;
  for (const Vector& powers : without) {
    const double part = part_of(powers, times, member);
    sum += part;
    squares += part * part;
  }
  return std::max(squares - sum * sum / count, 0.0) * (count - 1.0) / count;
}

}  // namespace

struct PowerFit::State {
  State(std::size_t classes, std::size_t expected)
      : all(classes),
        lanes(classes),
        blocks(kBlocks, Sums(classes)),
        intervals(std::max<std::size_t>(expected, 1)) {}

  Sums all;
  LaneSums lanes;
  std::vector<Sums> blocks;
  std::size_t intervals;
  std::size_t added = 0;
  std::vector<double> powers;
  Vector fitted;
  Vector uncorrected;
  Vector together;
  std::vector<Vector> without_block;
  std::vector<Vector> without_stretch;
  Matrix directions;           ///< that the data determine, as columns
  Matrix answer;               ///< powers that the fit makes of products with the classes' times
  double lane_variance = 0.0;  ///< of the differences between the lanes of a class, relative
  Matrix scaled_basis;
  std::vector<bool> reliable;
  Vector scale;

  /// Leaves out one block, or one stretch of blocks, after the other.
  void find_uncertainty() {
    const auto without = [&](std::size_t first, std::size_t count) {
      Sums rest = all;
      for (std::size_t i = first; i < first + count; ++i) rest.add(blocks[i], -1.0);
      return solve_in(directions, rest, end_errors(rest, Lanes::kIndependent));
    };
    for (std::size_t i = 0; i < kBlocks; ++i) without_block.push_back(without(i, 1));
    constexpr std::size_t kPerStretch = kBlocks / kStretches;
    for (std::size_t i = 0; i < kStretches; ++i)
      without_stretch.push_back(without(i * kPerStretch, kPerStretch));
  }

  /// What the lanes' products with the times of the classes tell is needed for each share.
  void find_lane_variance() {
    if (lanes.times.empty() || directions.cols() == 0) return;
    const Matrix normal = directions.transpose() * all.squares * directions;
    answer = directions * normal.ldlt().solve(directions.transpose());
    double unexplained = 0.0;
    for (std::size_t lane = 0; lane < lanes.times.size(); ++lane) {
      const double power = fitted(index_of(lanes.of_class[lane]));
      const Vector product = lanes.product(lane);
      const double left = lanes.squares[lane] - product.dot(answer * product);
      unexplained += power * power * std::max(left, 0.0);
    }
    lane_variance = unexplained > 0.0 ? std::max(residual_squares(), 0.0) / unexplained : 0.0;
  }

  /// By how much, in units, a share may be off as lanes of a class differ in power: each by a
  /// part of it that is random and of one size, which is as large as all that the fit leaves
  /// unexplained allows.
  [[nodiscard]] double lane_doubt(const Vector& member, double part) const {
    if (lanes.times.empty() || directions.cols() == 0) return 0.0;
    // How the share follows the powers, as it is normalised to the energy of all.
    const Vector wanted = (member.array() - part).matrix();
    const Vector weights = answer * wanted.cwiseProduct(all.times);
    double off = 0.0;
    for (std::size_t lane = 0; lane < lanes.times.size(); ++lane) {
      const auto of_class = index_of(lanes.of_class[lane]);
      const double moved = wanted(of_class) * lanes.times[lane] - weights.dot(lanes.product(lane));
      off += fitted(of_class) * fitted(of_class) * moved * moved;
    }
    return std::sqrt(lane_variance * off);
  }

  /// Sum of the squares of what the fit leaves unexplained.
  [[nodiscard]] double residual_squares() const {
    return all.units_squared - 2.0 * fitted.dot(all.products) + fitted.dot(all.squares * fitted);
  }

  /// Part of the share's energy, as a function of the powers, that lies in directions
  /// which the data do not determine.
  [[nodiscard]] double undetermined_part(const Vector& member) const {
    const double whole = member.dot(all.times) / all.times.sum();
    // How the share changes with the powers, for powers near their mean.
    const Vector gradient = (member.array() - whole).matrix().cwiseProduct(all.times);
    const Vector inside = scale.asDiagonal() * gradient;
    const double length = gradient.norm();
    if (length <= 0.0) return 0.0;
    double bad = 0.0;
    double all_parts = 0.0;
    for (std::size_t i = 0; i < reliable.size(); ++i) {
      const double part = scaled_basis.col(index_of(i)).dot(inside);
      all_parts += part * part;
      if (!reliable[i]) bad += part * part;
    }
    // What no kept direction can express is lost altogether.
    const double size = inside.squaredNorm();
    const double lost = size > 0.0 ? (inside - project(inside)).squaredNorm() / size : 0.0;
    return std::max(lost, all_parts > 0.0 ? bad / all_parts : 1.0);
  }

  /// Onto the span of all kept directions.
  [[nodiscard]] Vector project(const Vector& vector) const {
    if (scaled_basis.cols() == 0) return Vector::Zero(vector.size());
    return scaled_basis * scaled_basis.colPivHouseholderQr().solve(vector);
  }
};

PowerFit::PowerFit(std::size_t classes, std::size_t intervals)
    : state_(std::make_unique<State>(classes, intervals)) {}
PowerFit::~PowerFit() = default;
PowerFit::PowerFit(PowerFit&&) noexcept = default;
PowerFit& PowerFit::operator=(PowerFit&&) noexcept = default;

void PowerFit::add(const FitInterval& interval) {
  State& state = *state_;
  const std::size_t block = std::min(state.added++ * kBlocks / state.intervals, kBlocks - 1);
  Sums& sums = state.blocks[block];
  state.lanes.add(interval);
  for (const ClassTime& row : interval.times) {
    sums.times(row.of_class) += row.ns;
    sums.products(row.of_class) += row.ns * interval.units;
    for (const ClassTime& column : interval.times)
      sums.squares(row.of_class, column.of_class) += row.ns * column.ns;
  }
  sums.units += interval.units;
  sums.units_squared += interval.units * interval.units;
  sums.intervals += 1.0;
  sums.lanes = std::max(sums.lanes, static_cast<double>(interval.lanes));
  for (const EndError& end : {interval.begin, interval.end}) {
    sums.spread += interval.lanes * end.width_ns * end.width_ns / 12.0;  // uniform in the width
    sums.shift += interval.lanes * end.shift_ns * end.shift_ns / 2.0;
  }
}

void PowerFit::solve() {
  State& state = *state_;
  for (const Sums& block : state.blocks) state.all.add(block, 1.0);
  const Sums& all = state.all;
  const Matrix together = end_errors(all, Lanes::kTogether);
  state.directions =
      determined_directions(all.squares, together, state.scaled_basis, state.reliable, state.scale);
  state.fitted = solve_in(state.directions, all, end_errors(all, Lanes::kIndependent));
  state.together = solve_in(state.directions, all, together);
  state.uncorrected =
      solve_in(state.directions, all, Matrix::Zero(all.times.size(), all.times.size()));
  state.powers.assign(state.fitted.begin(), state.fitted.end());
}

const std::vector<double>& PowerFit::powers() const {
  return state_->powers;
}

FitShare PowerFit::share(const std::vector<bool>& member) const {
  State& state = *state_;
  const double units = state.all.units;
  Vector chosen = Vector::Zero(state.all.times.size());
  for (std::size_t c = 0; c < member.size(); ++c) chosen(index_of(c)) = member[c] ? 1.0 : 0.0;
  FitShare share;
  const double part = part_of(state.fitted, state.all.times, chosen);
  share.units = part * units;
  if (state.added < kFewestIntervals || state.undetermined_part(chosen) > kLoading) return share;
  if (state.without_block.empty()) {
    state.find_uncertainty();
    state.find_lane_variance();
  }
  share.determined = true;
  const double variance =
      std::max(jackknife_variance(state.without_block, state.all.times, chosen),
               jackknife_variance(state.without_stretch, state.all.times, chosen));
  const double corrected =
      std::max(std::abs(part - part_of(state.uncorrected, state.all.times, chosen)),
               std::abs(part - part_of(state.together, state.all.times, chosen)));
  share.half_width = units * (kDeviations * std::sqrt(variance) + kCorrections * corrected) +
                     kLaneDeviations * state.lane_doubt(chosen, part) + 1.0;
  return share;
}

double PowerFit::residual() const {
  const State& state = *state_;
  if (state.all.units <= 0.0 || state.all.intervals <= 0.0) return 0.0;
  const double mean = state.all.units / state.all.intervals;
  return std::sqrt(std::max(state.residual_squares(), 0.0) / state.all.intervals) / mean;
}

}  // namespace joulepath::analysis
