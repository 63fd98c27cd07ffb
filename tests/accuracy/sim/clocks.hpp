// Clocks of several nodes as they are: each with an offset, a drift that wanders, and messages
// between them whose latencies have a floor, a tail, and now and then a long one. The truth is
// known for every moment. Seeded.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

#include "core/analysis/clock_alignment.hpp"

namespace joulepath::accuracy {

struct ClockModel {
  double offset_ns = 0;
  double drift_ppm = 0;
  double wander_ppm = 0;  ///< the drift swings by so much, as with temperature
  double wander_period_s = 1;
  double wander_phase = 0;
};

class SimulatedClock {
 public:
  explicit SimulatedClock(const ClockModel& model) : model_(model) {}
  /// What it shows at a true time.
  [[nodiscard]] double at(double true_s) const {
    const double per_s = 2 * std::numbers::pi / model_.wander_period_s;
    const double wander_us =
        -model_.wander_ppm / per_s *
        (std::cos(per_s * true_s + model_.wander_phase) - std::cos(model_.wander_phase));
    return true_s * 1e9 + model_.offset_ns + (model_.drift_ppm * true_s + wander_us) * 1e3;
  }
  [[nodiscard]] std::int64_t shown(double true_s) const { return std::llround(at(true_s)); }

 private:
  ClockModel model_;
};

struct Latency {
  double floor_us = 4;
  double tail_us = 15;  ///< mean of what comes on top
  double long_share = 0.02;
  double long_us = 2000;
};

class SimulatedNetwork {
 public:
  SimulatedNetwork(std::vector<SimulatedClock> clocks, const Latency& latency, std::uint64_t seed)
      : clocks_(std::move(clocks)), latency_(latency), random_(seed) {}

  /// A message that is sent at a true time.
  void send(std::uint32_t from, std::uint32_t to, double true_s) {
    std::exponential_distribution<> tail(1 / latency_.tail_us);
    std::uniform_real_distribution<> share(0, 1);
    double us = latency_.floor_us + tail(random_);
    if (share(random_) < latency_.long_share) us += latency_.long_us * share(random_);
    orders.push_back(
        {from, to, clocks_[from].shown(true_s), clocks_[to].shown(true_s + us * 1e-6)});
  }
  [[nodiscard]] const std::vector<SimulatedClock>& clocks() const { return clocks_; }
  std::mt19937_64& random() { return random_; }

  std::vector<analysis::ClockOrder> orders;

 private:
  std::vector<SimulatedClock> clocks_;
  Latency latency_;
  std::mt19937_64 random_;
};

}  // namespace joulepath::accuracy
