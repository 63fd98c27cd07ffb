// Collectives on nodes whose clocks are as in clocks.hpp: each process comes when its work is
// done, the last sets them all free, and each leaves after a latency of its own. Seeded.
#pragma once

#include <algorithm>
#include <vector>

#include "core/record/node_marks.hpp"
#include "tests/accuracy/sim/clocks.hpp"

namespace joulepath::accuracy {

struct Lateness {
  double mean_us = 1000;        ///< of each process, beside its node's
  double node_us = 0;           ///< the last node is always later by so much
  std::uint32_t processes = 1;  ///< of a node
};

class SimulatedCollectives {
 public:
  SimulatedCollectives(std::vector<SimulatedClock> clocks, const Lateness& lateness,
                       const Latency& latency, std::uint64_t seed)
      : nodes(clocks.size()),
        clocks_(std::move(clocks)),
        lateness_(lateness),
        latency_(latency),
        random_(seed) {
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      nodes[node].world = static_cast<std::int32_t>(nodes.size());
      nodes[node].ranks = {static_cast<std::int32_t>(node)};
    }
  }

  /// One at a true time.
  void call(double true_s) {
    ++ordinal_;
    std::exponential_distribution<> late(1 / lateness_.mean_us);
    std::vector<double> came_s(nodes.size());
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      double most_us = 0;
      for (std::uint32_t i = 0; i < lateness_.processes; ++i)
        most_us = std::max(most_us, late(random_));
      if (node + 1 == nodes.size()) most_us += lateness_.node_us;
      came_s[node] = true_s + most_us * 1e-6;
    }
    const double last_s = *std::max_element(came_s.begin(), came_s.end());
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      double least_us = 1e9;
      for (std::uint32_t i = 0; i < lateness_.processes; ++i)
        least_us = std::min(least_us, latency_us());
      nodes[node].marks.push_back({ordinal_, clocks_[node].shown(came_s[node]),
                                   clocks_[node].shown(last_s + least_us * 1e-6)});
    }
  }
  void recorded(double from_s, double to_s) {
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      nodes[node].first_ns = clocks_[node].shown(from_s);
      nodes[node].last_ns = clocks_[node].shown(to_s);
    }
  }
  [[nodiscard]] const std::vector<SimulatedClock>& clocks() const { return clocks_; }

  std::vector<record::NodeMarks> nodes;

 private:
  double latency_us() {
    std::exponential_distribution<> tail(1 / latency_.tail_us);
    std::uniform_real_distribution<> share(0, 1);
    double us = latency_.floor_us + tail(random_);
    if (share(random_) < latency_.long_share) us += latency_.long_us * share(random_);
    return us;
  }

  std::vector<SimulatedClock> clocks_;
  Lateness lateness_;
  Latency latency_;
  std::mt19937_64 random_;
  std::uint64_t ordinal_ = 0;
};

}  // namespace joulepath::accuracy
