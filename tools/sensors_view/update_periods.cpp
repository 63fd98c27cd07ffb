#include "tools/sensors_view/update_periods.hpp"

#include <algorithm>
#include <optional>

#include "tools/recorder/period_finder.hpp"

namespace joulepath::tools {
namespace {

constexpr std::int64_t kMs = 1'000'000;
/// Few at a time, so that each is read several times between two updates.
constexpr std::size_t kAtATime = 8;
constexpr std::size_t kMostBatches = 5;
constexpr std::int64_t kFastNs = 30 * kMs;
constexpr std::int64_t kFastEveryNs = 100'000;
/// Seven updates of a counter at 10 Hz and some to spare.
constexpr std::int64_t kSlowNs = 800 * kMs;
constexpr std::int64_t kSlowEveryNs = 2 * kMs;
constexpr std::int64_t kSlowToReadNs = 5 * kMs;

class Watch final : public sensors::SampleSink {
 public:
  explicit Watch(std::size_t sensors) : seen_(sensors) {}

  void reading(std::uint16_t sensor, const record::Reading& reading) noexcept override {
    Seen& seen = seen_[sensor];
    seen.read_ns = reading.t_hi_ns - reading.t_lo_ns;
    if (seen.last && seen.last->raw != reading.raw) {
      seen.finder.seen({seen.last->t_lo_ns, reading.t_hi_ns});
      seen.moved = true;
    }
    seen.last = reading;
  }
  void failure(std::uint16_t sensor, int sys_errno) noexcept override {
    seen_[sensor].sys_errno = sys_errno;
  }

  /// Another way of watching begins: what was seen up to now is on no line with it.
  void pause() {
    for (Seen& seen : seen_) {
      seen.finder.forget();
      seen.last.reset();
    }
  }
  [[nodiscard]] bool slow(std::uint16_t sensor) const {
    return seen_[sensor].read_ns > kSlowToReadNs;
  }
  [[nodiscard]] bool settled(std::uint16_t sensor) {
    Seen& seen = seen_[sensor];
    if (seen.period_ns == 0) seen.period_ns = seen.finder.period_ns().value_or(0);
    return seen.period_ns != 0;
  }
  [[nodiscard]] MeasuredUpdates result(std::uint16_t sensor) const {
    using Outcome = MeasuredUpdates::Outcome;
    const Seen& seen = seen_[sensor];
    MeasuredUpdates result{Outcome::kStill, seen.period_ns, seen.read_ns, seen.sys_errno};
    if (seen.period_ns != 0)
      result.outcome = Outcome::kPeriod;
    else if (slow(sensor))
      result.outcome = Outcome::kSlowToRead;
    else if (!seen.last)
      result.outcome = Outcome::kFailed;
    else if (seen.moved)
      result.outcome = Outcome::kUnclear;
    return result;
  }

 private:
  struct Seen {
    std::optional<record::Reading> last;
    PeriodFinder finder;
    std::int64_t period_ns = 0;
    std::int64_t read_ns = 0;
    int sys_errno = 0;
    bool moved = false;
  };
  std::vector<Seen> seen_;
};

/// Reads `keys` again and again; those whose period is known, or that are slow to read, drop
/// out.
void watch(sensors::Sampler& sampler, PassClock& clock, Watch& seen,
           std::vector<std::uint16_t> keys, std::int64_t length_ns, std::int64_t every_ns) {
  const std::int64_t end = clock.monotonic_ns() + length_ns;
  for (std::int64_t next = clock.monotonic_ns(); next < end && !keys.empty();) {
    for (const std::uint16_t& key : keys) sampler.sample({&key, 1}, seen);
    std::erase_if(keys, [&](std::uint16_t key) { return seen.slow(key) || seen.settled(key); });
    next = std::max(next + every_ns, clock.monotonic_ns());
    clock.sleep_until(next);
  }
}

}  // namespace

std::vector<MeasuredUpdates> measure_updates(sensors::Sampler& sampler, PassClock& clock) {
  const auto sensors = sampler.sensors();
  std::vector<MeasuredUpdates> results(sensors.size());
  std::vector<std::uint16_t> keys;
  for (const record::SensorRow& row : sensors)
    if (row.signal.readable && row.signal.provenance != record::Provenance::kEstimated)
      keys.push_back(row.sensor);
  Watch seen(sensors.size());
  for (std::size_t from = 0, batch = 0; from < keys.size() && batch < kMostBatches; ++batch) {
    const std::size_t count = std::min(kAtATime, keys.size() - from);
    const auto first = keys.begin() + static_cast<std::ptrdiff_t>(from);
    watch(sampler, clock, seen, {first, first + static_cast<std::ptrdiff_t>(count)}, kFastNs,
          kFastEveryNs);
    from += count;
  }
  seen.pause();
  std::vector<std::uint16_t> open = keys;
  std::erase_if(open, [&](std::uint16_t key) { return seen.slow(key) || seen.settled(key); });
  watch(sampler, clock, seen, std::move(open), kSlowNs, kSlowEveryNs);
  for (const std::uint16_t key : keys) results[key] = seen.result(key);
  return results;
}

}  // namespace joulepath::tools
