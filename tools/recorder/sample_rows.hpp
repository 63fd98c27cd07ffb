// Turns readings into rows of one tick: notes when a counter was seen to change, counts
// the failures, and measures the period of counters slower than the ticks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/trace/node_sink.hpp"
#include "sensors/sampler/sampler.hpp"
#include "tools/recorder/period_finder.hpp"

namespace joulepath::tools {

class SampleRows final : public sensors::SampleSink {
 public:
  /// Which readings become rows. All of them are remembered for the next.
  enum class Keep : std::uint8_t {
    kNothing,  ///< a look at the old value
    kChanges,  ///< while an update is waited for
    kAll,
  };

  explicit SampleRows(std::span<const record::SensorRow> sensors);

  void reading(std::uint16_t sensor, const record::Reading& reading) noexcept override;
  void failure(std::uint16_t sensor, int sys_errno) noexcept override;
  void nothing_new(std::uint16_t sensor) noexcept override { seen_[sensor].changed = false; }

  void begin(std::uint32_t tick) { tick_ = tick; }
  void keep(Keep keep) { keep_ = keep; }
  /// The update that the sensor's last reading showed; nothing: it was as before.
  [[nodiscard]] std::optional<Edge> change(std::uint16_t sensor) const;
  /// Raw value of the last reading; nothing before the first.
  [[nodiscard]] std::optional<std::uint64_t> raw(std::uint16_t sensor) const;

  /// The sensor is read in bursts from now on, so its changes tell no period; or at the
  /// ticks again.
  void read_in_bursts(std::uint16_t sensor, bool bursts);
  /// From watching at every tick; nothing: not (yet) known, or faster than the ticks.
  [[nodiscard]] std::optional<std::int64_t> measured_period_ns(std::uint16_t sensor) const {
    return seen_[sensor].finder.settled_period_ns();
  }
  /// Rows are edges where that says more than how stale a reading may be with this period.
  void set_period(std::uint16_t sensor, std::int64_t period_ns) {
    seen_[sensor].period_ns = period_ns;
  }

  [[nodiscard]] const std::vector<record::SampleRow>& rows() const { return rows_; }
  void move_to(trace::NodeSink& writer);
  void move_failures_to(trace::NodeSink& writer, std::int64_t now_ns);

 private:
  struct Seen {
    record::Reading last;
    std::int64_t period_ns = 0;  ///< between updates; 0: not known
    std::int64_t failures = 0;
    int sys_errno = 0;
    bool counts = false;  ///< a device's counter: changes are its updates
    bool any = false;
    bool changed = false;
    bool in_bursts = false;
    Edge edge;
    PeriodFinder finder;
  };
  std::uint32_t tick_ = 0;
  Keep keep_ = Keep::kAll;
  std::vector<record::SampleRow> rows_;
  std::vector<Seen> seen_;
};

}  // namespace joulepath::tools
