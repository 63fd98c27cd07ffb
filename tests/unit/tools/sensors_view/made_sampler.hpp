// A sampler over sensors that a test makes up: each signal as told, its readings computed
// from the time of a clock that the test owns.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sensors/sampler/sampler.hpp"
#include "tools/recorder/sensor_passes.hpp"

namespace joulepath::tools {

/// Time passes only when somebody sleeps or looks at the clock.
class MadeClock final : public PassClock {
 public:
  [[nodiscard]] std::int64_t monotonic_ns() const noexcept override { return now_ns += 500; }
  void sleep_until(std::int64_t at_ns) override { now_ns = std::max(now_ns, at_ns); }
  [[nodiscard]] std::int64_t cpu_ns() const override { return 0; }
  mutable std::int64_t now_ns = 5'000'000'000;
};

struct MadeSensor {
  record::Signal signal;
  std::function<std::uint64_t(std::int64_t now_ns)> value;  ///< null: every reading fails
  std::int64_t read_ns = 1000;
};

inline std::vector<MadeSensor>& made_sensors() {
  static std::vector<MadeSensor> sensors;
  return sensors;
}
inline MadeClock& made_clock() {
  static MadeClock clock;
  return clock;
}

class MadeSource final : public sensors::Source {
 public:
  MadeSource() {
    for (const MadeSensor& sensor : made_sensors()) signals_.push_back(sensor.signal);
  }
  [[nodiscard]] std::span<const record::Signal> signals() const override { return signals_; }
  void sample(sensors::Sink& sink) noexcept override {
    for (std::size_t at = 0; at < signals_.size(); ++at)
      if (signals_[at].readable) read(at, sink);
  }
  void sample_some(std::span<const std::size_t> signals, sensors::Sink& sink) noexcept override {
    for (const std::size_t at : signals) read(at, sink);
  }

 private:
  void read(std::size_t at, sensors::Sink& sink) noexcept {
    const MadeSensor& sensor = made_sensors()[at];
    const std::int64_t lo = made_clock().monotonic_ns();
    made_clock().now_ns += sensor.read_ns;
    if (!sensor.value)
      sink.failure(at, EIO);
    else
      sink.reading(at, {lo, made_clock().now_ns, sensor.value(lo)});
  }

  std::vector<record::Signal> signals_;
};

inline constexpr sensors::Backend kMade{"made", "sensors of a test", 50, false,
                                        [](const sensors::Environment&) {
                                          sensors::Discovery discovery;
                                          discovery.source = std::make_unique<MadeSource>();
                                          discovery.notes.emplace_back("a note");
                                          return discovery;
                                        }};

inline record::Signal made_signal(std::string id, record::Domain domain = record::Domain::kPackage,
                                  int socket = 0) {
  record::Signal signal;
  signal.id = std::move(id);
  signal.device = signal.id;
  signal.domain = domain;
  signal.socket = socket;
  signal.unit = "uJ";
  signal.si_per_unit = 1e-6;
  signal.source = "made";
  signal.readable = true;
  return signal;
}

inline sensors::Sampler made_sampler(std::vector<MadeSensor> sensors) {
  made_sensors() = std::move(sensors);
  sensors::Environment environment;
  environment.clock = &made_clock();
  auto sampler = sensors::Sampler::open(environment, {}, {&kMade, 1});
  if (!sampler) ADD_FAILURE() << sampler.error().message();
  return std::move(sampler).value();
}

}  // namespace joulepath::tools
