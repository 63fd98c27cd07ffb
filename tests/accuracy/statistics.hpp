// Distribution of errors over many simulated runs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace joulepath::accuracy {

class Distribution {
 public:
  void add(double value) { values_.push_back(value); }
  [[nodiscard]] std::size_t count() const { return values_.size(); }
  [[nodiscard]] double mean() const {
    double sum = 0.0;
    for (const double value : values_) sum += value;
    return values_.empty() ? 0.0 : sum / static_cast<double>(values_.size());
  }
  /// Of the absolute values; fraction 1 is the largest.
  [[nodiscard]] double quantile(double fraction) const {
    if (values_.empty()) return 0.0;
    std::vector<double> sizes;
    for (const double value : values_) sizes.push_back(std::abs(value));
    std::sort(sizes.begin(), sizes.end());
    const auto rank =
        static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(sizes.size())));
    return sizes[std::clamp<std::size_t>(rank, 1, sizes.size()) - 1];
  }
  [[nodiscard]] double largest() const { return quantile(1.0); }
  /// One line, in per cent.
  void print(const char* what) const {
    std::printf("%-44s n %4zu  bias %+7.3f %%  p50 %7.3f  p99 %7.3f  max %7.3f\n", what, count(),
                100 * mean(), 100 * quantile(0.5), 100 * quantile(0.99), 100 * largest());
  }

 private:
  std::vector<double> values_;
};

}  // namespace joulepath::accuracy
