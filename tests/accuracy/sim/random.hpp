// Random numbers that are the same on every machine and library for the same seed
// (splitmix64; the distributions of <random> may differ between libraries).
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace joulepath::accuracy {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// In [0, 1).
  double uniform() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }
  double uniform(double lo, double hi) { return lo + (hi - lo) * uniform(); }
  /// Mean 0, standard deviation 1, cut off at 3.
  double normal() {
    for (;;) {
      const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
      const double x = radius * std::cos(2.0 * std::numbers::pi * uniform());
      if (std::abs(x) <= 3.0) return x;
    }
  }
  /// `value` with a relative standard deviation of `spread`.
  double around(double value, double spread) { return value * (1.0 + spread * normal()); }
  std::int64_t length(std::int64_t value, double spread) {
    return std::llround(around(static_cast<double>(value), spread));
  }

 private:
  std::uint64_t state_;
};

}  // namespace joulepath::accuracy
