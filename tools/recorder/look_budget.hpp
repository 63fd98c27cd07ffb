// Keeps the recorder's CPU time within the share of a core that the user grants it, by
// looking for updates of counters at every second, third, fourth ... tick only. What the
// rest of its work takes is not in its hands. Pure.
#pragma once

#include <cstdint>

namespace joulepath::tools {

class LookBudget {
 public:
  /// `share` of one core, as 0.01.
  explicit LookBudget(double share) : share_(share) {}

  /// Look at every so many ticks: 1 to 64.
  [[nodiscard]] std::uint32_t every() const { return every_; }
  /// The last stretch (about a second) took `wall_ns`; the process used `cpu_ns`, of it
  /// `looks_ns` for looks at the present rate.
  void account(std::int64_t wall_ns, std::int64_t cpu_ns, std::int64_t looks_ns);

 private:
  double share_;
  double rest_ = 0;       ///< share of a core, smoothed: all but the looks
  double all_looks_ = 0;  ///< share of a core, smoothed: the looks, were they at every tick
  bool known_ = false;
  std::uint32_t every_ = 1;
};

}  // namespace joulepath::tools
