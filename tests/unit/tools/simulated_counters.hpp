// A machine of energy counters in simulated time: each updates with its own period, jitter
// and left-out updates. Time passes only when somebody sleeps or reads. What was updated
// when is kept: the truth for a test.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "sensors/sampler/sampler.hpp"
#include "tools/recorder/sensor_passes.hpp"

namespace joulepath::test {

class SimulatedClock final : public tools::PassClock {
 public:
  [[nodiscard]] std::int64_t monotonic_ns() const noexcept override { return now_ns_; }
  [[nodiscard]] std::int64_t cpu_ns() const override { return cpu_ns_; }
  /// Wakes up to 40 us late, as systems do.
  void sleep_until(std::int64_t at_ns) override {
    if (at_ns > now_ns_) now_ns_ = at_ns + std::uniform_int_distribution<>(3'000, 40'000)(random_);
    cpu_ns_ += wakeup_cost_ns;
    ++sleeps;
  }
  void pass(std::int64_t ns) { now_ns_ += ns; }
  void use_cpu(std::int64_t ns) { cpu_ns_ += ns; }

  std::int64_t wakeup_cost_ns = 8'000;
  std::int64_t sleeps = 0;

 private:
  std::int64_t now_ns_ = 1'000'000'000;
  std::int64_t cpu_ns_ = 0;
  std::mt19937 random_{5};
};

struct CounterKind {
  std::int64_t period_ns = 1'000'000;  ///< 0: never updates
  std::int64_t jitter_ns = 20'000;     ///< each way
  double left_out = 0.002;
  bool irregular = false;  ///< between a tenth of the period and two of it
  std::uint64_t modulus = 0;
  std::uint64_t step = 50'000;  ///< raw units an update, about
  bool once = false;            ///< each value is handed over once, as BackgroundSource does
  int twin_of = -1;             ///< reports the joules of the counter of this number; -1: of none
};

/// One counter; asked in order of time.
class SimulatedCounter {
 public:
  struct Update {
    std::int64_t at_ns;
    std::uint64_t raw;
  };

  SimulatedCounter(const CounterKind& kind, std::uint32_t seed)
      : kind_(kind), random_(seed), updates_{{0, kind.modulus != 0 ? kind.modulus - 900'000 : 7}} {
    grid_ns_ = 1'000'000'000 + static_cast<std::int64_t>(random_() % 1'000'000);
    next_ns_ = grid_ns_;
  }

  std::uint64_t raw_at(std::int64_t now_ns) {
    while (kind_.period_ns != 0 && next_ns_ <= now_ns) {
      if (std::uniform_real_distribution<>(0, 1)(random_) >= kind_.left_out) {
        std::uint64_t raw = updates_.back().raw + kind_.step + random_() % 1000;
        if (kind_.modulus != 0) raw %= kind_.modulus;
        updates_.push_back({next_ns_, raw});
      }
      advance();
    }
    return updates_.back().raw;
  }
  /// Another phase and period from now on.
  void disturb(std::int64_t period_ns, std::int64_t shift_ns) {
    kind_.period_ns = period_ns;
    grid_ns_ += shift_ns;
    next_ns_ += shift_ns;
  }
  [[nodiscard]] const std::vector<Update>& updates() const { return updates_; }
  bool fails = false;  ///< from now on
  int reads = 0;       ///< that failed, too
  /// Whether the newest is to be handed over; it then has been.
  bool hand_over() {
    if (!kind_.once) return true;
    return std::exchange(handed_, updates_.size()) != updates_.size();
  }

 private:
  void advance() {
    if (kind_.irregular) {
      next_ns_ +=
          kind_.period_ns / 10 +
          static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(2 * kind_.period_ns));
      return;
    }
    grid_ns_ += kind_.period_ns;
    const std::int64_t jitter = kind_.jitter_ns == 0
                                    ? 0
                                    : std::uniform_int_distribution<std::int64_t>(
                                          -kind_.jitter_ns, kind_.jitter_ns)(random_);
    next_ns_ = std::max(next_ns_ + 1, grid_ns_ + jitter);
  }

  CounterKind kind_;
  std::mt19937 random_;
  std::vector<Update> updates_;
  std::size_t handed_ = 0;
  std::int64_t grid_ns_ = 0;
  std::int64_t next_ns_ = 0;
};

/// A source of such counters; a reading takes 2 us.
class SimulatedSource final : public sensors::Source {
 public:
  explicit SimulatedSource(SimulatedClock& clock) : clock_(clock) {}

  std::shared_ptr<SimulatedCounter> add(int socket, const CounterKind& kind,
                                        std::int64_t nominal_ns) {
    record::Signal signal;
    signal.id = "sim:" + std::to_string(signals_.size());
    signal.source = "sim";
    signal.domain = socket < 0 ? record::Domain::kGpu : record::Domain::kPackage;
    signal.device = "package-" + std::to_string(kind.twin_of < 0 ? static_cast<int>(signals_.size())
                                                                 : kind.twin_of);
    signal.socket = socket;
    signal.unit = "uJ";
    signal.si_per_unit = 1e-6;
    signal.modulus = kind.modulus;
    signal.update_period_ns = nominal_ns;
    signal.readable = true;
    signals_.push_back(signal);
    counters_.push_back(
        std::make_shared<SimulatedCounter>(kind, static_cast<std::uint32_t>(signals_.size())));
    return counters_.back();
  }
  [[nodiscard]] std::span<const record::Signal> signals() const override { return signals_; }
  void sample(sensors::Sink& sink) noexcept override {
    for (std::size_t at = 0; at < signals_.size(); ++at) read(at, sink);
  }
  void sample_some(std::span<const std::size_t> signals, sensors::Sink& sink) noexcept override {
    for (const std::size_t at : signals) read(at, sink);
  }

 private:
  void read(std::size_t at, sensors::Sink& sink) noexcept {
    const std::int64_t lo = clock_.monotonic_ns();
    clock_.pass(1'000);
    const std::uint64_t raw = counters_[at]->raw_at(clock_.monotonic_ns());
    clock_.pass(1'000);
    ++counters_[at]->reads;
    if (counters_[at]->fails) return sink.failure(at, EIO);
    if (!counters_[at]->hand_over()) return sink.nothing_new(at);
    sink.reading(at, {lo, clock_.monotonic_ns(), raw});
  }

  SimulatedClock& clock_;
  std::vector<record::Signal> signals_;
  std::vector<std::shared_ptr<SimulatedCounter>> counters_;
};

/// Keeps the rows in memory.
class MemorySink : public trace::NodeSink {
 public:
  void add(const record::MetaRow&) override {}
  void add(const record::PhaseRow&) override {}
  void add(const record::SensorRow& row) override { sensors.push_back(row); }
  void add(const record::ProcessRow&) override {}
  void add(const record::LaneRow&) override {}
  void add(const record::CellRow&) override {}
  void add(const record::TickRow& row) override { ticks.push_back(row); }
  void add(const record::SampleRow& row) override { samples.push_back(row); }
  void add(const record::ActivityRow&) override {}
  void add(const record::CpuRow&) override {}
  void add(const record::CounterRow&) override {}
  void add(const record::CountRow&) override {}
  void add(const record::GpuUseRow&) override {}
  void add(const record::CpuUseRow&) override {}
  void add(const record::EventRow&) override {}
  void add(const record::EventItemRow&) override {}
  void add(const record::CommunicatorRow&) override {}
  void add(const record::MarkRow& row) override { marks.push_back(row); }
  void add(const record::HealthRow& row) override { health.push_back(row); }
  base::Status flush() override { return base::Done{}; }
  base::Status close() override { return base::Done{}; }
  [[nodiscard]] std::size_t buffered_bytes() const override { return 0; }

  std::vector<record::SensorRow> sensors;
  std::vector<record::TickRow> ticks;
  std::vector<record::SampleRow> samples;
  std::vector<record::MarkRow> marks;
  std::vector<record::HealthRow> health;
};

}  // namespace joulepath::test
