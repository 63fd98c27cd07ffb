// How often the threads of all processes are looked at: as often as their share of the
// recorder's budget allows, between kFastest and kSlowest. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

namespace joulepath::tools {

class ThreadCadence {
 public:
  /// The kernel accounts for a running thread every few ms: less would be mostly that error.
  static constexpr std::int64_t kFastest_ns = 200'000'000;
  static constexpr std::int64_t kSlowest_ns = 10'000'000'000;

  /// `share` of one core, above 0, as 0.005.
  explicit ThreadCadence(double share) : share_(share) {}

  [[nodiscard]] bool due(std::int64_t now_ns) const { return now_ns >= next_ns_; }
  [[nodiscard]] std::int64_t period_ns() const { return period_ns_; }
  [[nodiscard]] std::uint64_t looks() const { return looks_; }
  /// A look that began at `now_ns` took `cpu_ns` of CPU time: the next one comes when that is
  /// paid for. So one that had many new threads to open is followed by a longer time, once.
  void looked(std::int64_t now_ns, std::int64_t cpu_ns) {
    const double wanted = std::min(static_cast<double>(cpu_ns) / share_, 1e18);
    period_ns_ = std::clamp(static_cast<std::int64_t>(wanted), kFastest_ns, kSlowest_ns);
    next_ns_ = now_ns + period_ns_;
    ++looks_;
  }
  /// True when the period differs from what was told last by more than a quarter.
  bool take_news() {
    const auto told = static_cast<double>(told_ns_);
    const auto now = static_cast<double>(period_ns_);
    if (now <= 1.25 * told && now >= 0.75 * told) return false;
    told_ns_ = period_ns_;
    return true;
  }

 private:
  double share_;
  std::int64_t period_ns_ = kFastest_ns;
  std::int64_t told_ns_ = 0;
  std::int64_t next_ns_ = 0;
  std::uint64_t looks_ = 0;
};

}  // namespace joulepath::tools
