// Reads the energy board that the recorder fills for this process, and carries its figures
// on to the present moment. Knows no clock and no waiting of its own.
#pragma once

#include <cstdint>

#include "core/record/channel_layout.hpp"

namespace joulepath::pmpi {

struct EnergyAnswer {
  record::EnergyState state = record::EnergyState::kUnanswered;
  std::uint32_t provenance = 0;  ///< record::Provenance, where state is kKnown
  double value_j = 0;            ///< since the recording began
  double lo_j = 0;
  double hi_j = 0;
};

/// The entry as it is at `now_ns` (CLOCK_MONOTONIC): the value goes on with the power of the
/// last while, the upper bound with the highest power seen, the lower bound stands still.
/// kUnanswered while the recorder is writing for longer than a reader can follow.
EnergyAnswer energy_at(const record::EnergyBoard& board, std::uint32_t entry,
                       std::int64_t now_ns) noexcept;

}  // namespace joulepath::pmpi
