// Collects the readings of a pass as rows of one tick, and counts the failures.
#pragma once

#include <cstdint>
#include <vector>

#include "core/trace/node_writer.hpp"
#include "sensors/sampler/sampler.hpp"

namespace joulepath::tools {

/// Readings become rows of the tick they belong to; failures are counted and told once a
/// second.
class SampleRows final : public sensors::SampleSink {
 public:
  explicit SampleRows(std::size_t sensors) : failures_(sensors) { rows_.reserve(sensors); }

  void reading(std::uint16_t sensor, const record::Reading& reading) noexcept override {
    rows_.push_back({tick_, sensor, reading.t_lo_ns, reading.t_hi_ns, reading.raw});
  }
  void failure(std::uint16_t sensor, int sys_errno) noexcept override {
    ++failures_[sensor].count;
    failures_[sensor].sys_errno = sys_errno;
  }

  void begin(std::uint32_t tick) {
    tick_ = tick;
    rows_.clear();
  }
  [[nodiscard]] const std::vector<record::SampleRow>& rows() const { return rows_; }
  void move_to(trace::NodeWriter& writer) {
    for (const record::SampleRow& row : rows_) writer.add(row);
    rows_.clear();
  }
  void move_failures_to(trace::NodeWriter& writer, std::int64_t now_ns) {
    for (std::size_t sensor = 0; sensor < failures_.size(); ++sensor) {
      Failures& failed = failures_[sensor];
      if (failed.count == 0) continue;
      writer.add(record::HealthRow{now_ns, record::HealthKind::kReadFailed,
                                   static_cast<std::uint32_t>(sensor), failed.sys_errno,
                                   failed.count});
      failed = {};
    }
  }

 private:
  struct Failures {
    std::int64_t count = 0;
    int sys_errno = 0;
  };
  std::uint32_t tick_ = 0;
  std::vector<record::SampleRow> rows_;
  std::vector<Failures> failures_;
};

}  // namespace joulepath::tools
