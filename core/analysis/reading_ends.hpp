// When the energy that a reading shows ends: the time in which the counter's last update
// before it lies, as narrowly as the readings tell, and how far from it the lanes were
// looked at. For one counter, readings in time order.
#pragma once

#include <cstdint>

#include "core/analysis/power_fit.hpp"
#include "core/record/rows.hpp"

namespace joulepath::analysis {

struct KnownEnd {
  std::int64_t middle_ns = 0;
  EndError error;
};

class ReadingEnds {
 public:
  explicit ReadingEnds(std::int64_t update_period_ns) : period_ns_(update_period_ns) {}

  /// A reading that shows the same value as the one before.
  void note_still(const record::SampleRow& row) {
    if (still_ns_ == 0 || changed_) {
      still_since_ns_ = row.t_lo_ns;
      still_readings_ = 0;
      changed_ = false;
    }
    still_ns_ = row.t_lo_ns;
    ++still_readings_;
  }
  /// A reading that shows a new value. Others that show it again may follow before known_end().
  void note_change() {
    before_change_ns_ = still_ns_;
    changed_ = true;
  }
  /// How long the value has not changed, over readings that showed it again.
  [[nodiscard]] std::int64_t still_for_ns() const {
    return still_ns_ == 0 ? 0 : still_ns_ - still_since_ns_;
  }
  [[nodiscard]] std::uint64_t still_readings() const {
    return still_ns_ == 0 ? 0 : still_readings_;
  }

  /// Of the last reading with a new value; `lanes_ns`: when the lanes were looked at, 0: not known.
  KnownEnd known_end(const record::SampleRow& row, std::int64_t lanes_ns);

 private:
  std::int64_t period_ns_;
  std::int64_t still_since_ns_ = 0;
  std::uint64_t still_readings_ = 0;
  std::int64_t still_ns_ = 0;  ///< the value before was seen last, or that of now again; 0: neither
  std::int64_t before_change_ns_ = 0;  ///< last moment the value of now was not there; 0: none
  bool changed_ = false;               ///< since still_ns_
};

}  // namespace joulepath::analysis
