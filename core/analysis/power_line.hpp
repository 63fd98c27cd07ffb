// Power over time by each counted sensor, as a timeline draws it: means between readings that
// told something. Where what was used is not known there is a gap, never a zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/counter_track.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

struct PowerPoint {
  std::int64_t from_ns = 0;  ///< node's monotonic clock
  std::int64_t to_ns = 0;
  double watts = 0;  ///< mean over [from, to]
};

class PowerLine {
 public:
  explicit PowerLine(const record::Signal& signal);
  void add(const record::SampleRow& row);
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::vector<PowerPoint>& points() const { return points_; }

 private:
  std::string id_;
  double joules_per_unit_;
  CounterTrack track_;
  std::optional<std::int64_t> since_ns_;  ///< of the last reading that told something
  std::vector<PowerPoint> points_;
};

}  // namespace joulepath::analysis
