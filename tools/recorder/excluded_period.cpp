#include "tools/recorder/excluded_period.hpp"

#include <algorithm>
#include <string>

#include "core/record/counter.hpp"

namespace joulepath::tools {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;

/// The longest time in which it surely does not go half around.
std::int64_t half_range_ns(const record::CounterLimits& limits) {
  constexpr auto kMost = static_cast<double>(kSecond_ns) * 3600;
  const double seconds =
      static_cast<double>(limits.modulus) / 2 / static_cast<double>(limits.max_rate);
  return static_cast<std::int64_t>(std::min(seconds * 1e9, kMost));
}

}  // namespace

bool is_read_rarely(const record::Signal& signal) {
  const bool single_core = signal.domain == record::Domain::kCore && !signal.counted &&
                           signal.device.find("/core-") != std::string::npos;
  return single_core || !signal.excluded_by.empty();
}

std::int64_t excluded_period_ns(const record::Signal& signal) {
  if (signal.kind != record::Kind::kEnergy)
    return std::min(signal.update_period_ns / 2, kSecond_ns);
  const record::CounterLimits limits = record::limits_of(signal);
  std::int64_t period_ns = kSecond_ns;
  // Half of what may be: a reading may come late, or fail.
  if (limits.longest_gap_ns > 0) period_ns = std::min(period_ns, limits.longest_gap_ns / 2);
  if (limits.modulus != 0 && limits.max_rate != 0)
    period_ns = std::min(period_ns, half_range_ns(limits) / 2);
  return period_ns;
}

}  // namespace joulepath::tools
