// Keeps the recorder's CPU time within the share of a core that the user grants it, by
// looking for updates of counters less closely, and where that does not do at every second,
// third, fourth ... tick only: an update known to 100 us at each tick says more about short
// phases than one known to 25 us at every second. What the rest of the recorder's work takes
// is not in its hands. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace joulepath::tools {

class LookBudget {
 public:
  /// `share` of one core, as 0.01.
  explicit LookBudget(double share) : share_(share) {}

  /// Look at every so many ticks: 1 to 64.
  [[nodiscard]] std::uint32_t every() const { return every_; }
  /// From one reading of a look to the next.
  [[nodiscard]] std::int64_t poll_ns() const { return kPolls_ns[poll_]; }
  /// The last stretch (about a second) took `wall_ns`; the process used `cpu_ns`, of it
  /// `looks_ns` for looks at the present rate and closeness.
  void account(std::int64_t wall_ns, std::int64_t cpu_ns, std::int64_t looks_ns);

 private:
  static constexpr std::array<std::int64_t, 3> kPolls_ns{25'000, 50'000, 100'000};
  void choose(std::size_t poll, std::uint32_t every);

  double share_;
  double rest_ = 0;  ///< share of a core, smoothed: all but the looks
  /// Share of a core, smoothed, by closeness: the looks, were they at every tick. What was not
  /// tried is guessed, as most of a look is wake-ups.
  std::array<double, kPolls_ns.size()> all_looks_{1.0, 0.7, 0.5};
  bool started_ = false;
  bool looked_ = false;  ///< ever
  std::size_t poll_ = 0;
  std::uint32_t every_ = 1;
};

}  // namespace joulepath::tools
