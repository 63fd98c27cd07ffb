// The reading half of a lane: what changed in each cell since the last look, up to a
// given moment, without stopping the writer. Totals telescope: over any sequence of
// looks the differences add up to the lane's totals exactly.
#pragma once

#include <cstdint>
#include <vector>

#include "core/record/channel_layout.hpp"

namespace joulepath::record {

/// Change of one cell between two looks, in ticks of the channel's clock.
struct CellChange {
  std::uint32_t cell = 0;          ///< index within the lane
  std::uint64_t ticks_before = 0;  ///< the cell's total at the last look; both ends are
  std::uint64_t ticks_after = 0;   ///< given, so that converted totals telescope too
  std::uint32_t calls = 0;
  std::uint64_t bytes = 0;
  std::uint64_t wait_before = 0;  ///< as ticks_before and ticks_after, of Cell::wait_ticks
  std::uint64_t wait_after = 0;
};

class LaneReader {
 public:
  /// The lane must outlive the reader (it is part of a mapped channel).
  explicit LaneReader(const Lane* lane) : lane_(lane) {}

  /// Appends to `changes` every cell that changed since the last look; time in the
  /// cell that is current now counts up to `now`. Never blocks; when the writer
  /// changes activity faster than can be looked at, the open stretch (shorter than
  /// one call) is left to the next look. Returns up to when the lane's time is counted: to
  /// `now`, or to a change of activity behind it.
  std::uint64_t look(std::uint64_t now, std::vector<CellChange>& changes);

 private:
  struct Totals {
    std::uint64_t ticks = 0;
    std::uint32_t calls = 0;
    std::uint64_t bytes = 0;
    std::uint64_t wait = 0;
  };
  struct Open {
    std::uint32_t cell = kNoCell;
    std::uint64_t ticks = 0;  ///< time in `cell` including the open stretch
    std::uint64_t mark = 0;   ///< the last change of activity; 0: not known
  };
  [[nodiscard]] Open open_stretch(std::uint64_t now) const;

  const Lane* lane_;
  std::vector<Totals> seen_;
};

}  // namespace joulepath::record
