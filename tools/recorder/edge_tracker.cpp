#include "tools/recorder/edge_tracker.hpp"

#include <algorithm>
#include <cmath>

namespace joulepath::tools {
namespace {

constexpr std::int64_t kSearchPoll_ns = 50'000;
constexpr double kLeastSpread_ns = 5'000;
/// The phase is lost when an update may be anywhere between two.
constexpr double kLostSpread = 0.2;

}  // namespace

EdgeTracker::EdgeTracker(std::int64_t period_ns, const Edge& last)
    : last_ns_(last.middle_ns()),
      period_ns_(static_cast<double>(period_ns)),
      spread_ns_(period_ns_ / 12),
      nominal_ns_(period_ns_) {
  points_[count_++] = {};
}

std::int64_t EdgeTracker::period_ns() const {
  return std::llround(period_ns_);
}

std::int64_t EdgeTracker::spread_ns() const {
  return std::llround(spread_ns_);
}

bool EdgeTracker::phase_known() const {
  return spread_ns_ < kLostSpread * nominal_ns_;
}

Look EdgeTracker::next(std::int64_t at_ns, std::int64_t poll_ns) const {
  if (!phase_known()) {
    // Anywhere: a period and a bit holds one, unless it is left out.
    const auto whole = std::llround(1.25 * period_ns_);
    return {at_ns, at_ns + whole, at_ns + whole, kSearchPoll_ns};
  }
  // Early enough that hardly any comes before, late enough to give up on hardly any.
  const double lead_ns = 3 * spread_ns_ + 10'000;
  const double tail_ns = 4 * spread_ns_ + 20'000;
  const double after_last_ns = static_cast<double>(at_ns - last_ns_) + lead_ns - offset_ns_;
  const double index = std::max(1.0, std::ceil(after_last_ns / period_ns_));
  const auto expected = last_ns_ + std::llround(offset_ns_ + index * period_ns_);
  return {expected - std::llround(lead_ns), expected, expected + std::llround(tail_ns), poll_ns};
}

void EdgeTracker::seen(const Edge& edge) {
  // Wider than that it may be this update or the next.
  if (static_cast<double>(edge.hi_ns - edge.lo_ns) > nominal_ns_ / 2) return;
  misses_ = 0;
  const std::int64_t middle = edge.middle_ns();
  const auto since_ns = static_cast<double>(middle - last_ns_);
  const double index = std::round((since_ns - offset_ns_) / period_ns_);
  if (index < 1) return;
  const double residual_ns = std::abs(since_ns - offset_ns_ - index * period_ns_);
  if (!phase_known()) {
    // Found again: where it lies now is all that counts, its period is as before.
    count_ = 0;
    period_ns_ = nominal_ns_;
    spread_ns_ = nominal_ns_ / 12;
  } else {
    spread_ns_ = std::max(kLeastSpread_ns, spread_ns_ + (residual_ns - spread_ns_) / 8);
    if (count_ == kKept) {
      std::shift_left(points_.begin(), points_.end(), 1);
      --count_;
    }
    for (std::size_t at = 0; at < count_; ++at) {
      points_[at].index -= index;
      points_[at].ns -= since_ns;
    }
  }
  constexpr double kJitter = 0.1;  // of a period
  off_ = spread_ns_ > kJitter * nominal_ns_ ? off_ + 1 : 0;
  last_ns_ = middle;
  points_[count_++] = {};
  fit();
}

void EdgeTracker::fit() {
  offset_ns_ = 0;
  if (count_ < 3) return;  // the period as it was found is better than what two edges say
  double index = 0, ns = 0;
  for (std::size_t at = 0; at < count_; ++at) {
    index += points_[at].index;
    ns += points_[at].ns;
  }
  const auto number = static_cast<double>(count_);
  index /= number;
  ns /= number;
  double both = 0, square = 0;
  for (std::size_t at = 0; at < count_; ++at) {
    both += (points_[at].index - index) * (points_[at].ns - ns);
    square += (points_[at].index - index) * (points_[at].index - index);
  }
  if (square <= 0) return;
  constexpr double kMostDrift = 0.05;
  const double slope = both / square;
  if (std::abs(slope - nominal_ns_) > kMostDrift * nominal_ns_) return;
  period_ns_ = slope;
  offset_ns_ = ns - slope * index;
}

void EdgeTracker::missed() {
  ++misses_;
  if (!phase_known()) ++off_;
  // One is left out now and then. Two in a row: look wider, until the phase counts as lost.
  if (misses_ >= 2) spread_ns_ = std::min(2 * spread_ns_, kLostSpread * nominal_ns_);
}

}  // namespace joulepath::tools
