// A test of the sensors over the first seconds of a recording, from the readings that are
// taken anyway: a counter that never moves, and a counter and a power figure of one device
// that disagree. What it finds are health rows; no figure is changed. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/record/rows.hpp"
#include "core/trace/node_sink.hpp"

namespace joulepath::tools {

class SelfTest {
 public:
  /// As long as this, or until the end if that comes at least kLeastNs after the start.
  static constexpr std::int64_t kLengthNs = 10'000'000'000;
  static constexpr std::int64_t kLeastNs = 5'000'000'000;
  /// A counter and a power figure may differ by so much of the greater, and in part of what
  /// the averaging of the power leaves open.
  static constexpr double kTolerance = 0.1;

  explicit SelfTest(std::span<const record::SensorRow> sensors);

  void readings(std::span<const record::SampleRow> rows);
  /// Writes what was found, once: when the time is over, or at the end of the recording.
  enum class When : std::uint8_t { kOver, kAtTheEnd };
  void report_to(trace::NodeSink& writer, std::int64_t now_ns, When when);

 private:
  struct Seen {
    record::Signal signal;
    std::uint64_t readings = 0;
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
    std::uint64_t first_raw = 0;
    std::uint64_t last_raw = 0;
    double total = 0;  ///< joules, of counters and of power, since the first reading
    bool moved = false;
    bool anomaly = false;  ///< the total is not whole
  };
  [[nodiscard]] std::optional<double> mean_w(const Seen& seen) const;
  [[nodiscard]] bool stuck(const Seen& seen) const;
  /// Relative to the greater, of the counter from the power; nothing while they agree.
  [[nodiscard]] std::optional<double> disagreement(const Seen& counter, const Seen& power) const;
  void add(Seen& seen, const record::SampleRow& row) const;

  std::vector<Seen> seen_;  ///< by sensor
  std::int64_t begin_ns_ = 0;
  bool over_ = false;
};

}  // namespace joulepath::tools
