#include "pmpi/src/energy_query.hpp"

#include <algorithm>
#include <bit>

namespace joulepath::pmpi {
namespace {

using record::EnergyState;

double number(const record::Atomic64& bits) noexcept {
  return std::bit_cast<double>(bits.load(std::memory_order_relaxed));
}

/// What one consistent look at an entry gives.
struct Taken {
  EnergyState state;
  std::uint32_t provenance;
  std::int64_t at_ns;
  double value_j, lo_j, hi_j, recent_w, highest_w;
};

Taken take(const record::EnergyEntry& entry) noexcept {
  return {static_cast<EnergyState>(entry.state.load(std::memory_order_relaxed)),
          entry.provenance.load(std::memory_order_relaxed),
          static_cast<std::int64_t>(entry.at_ns.load(std::memory_order_relaxed)),
          number(entry.value_j),
          number(entry.lo_j),
          number(entry.hi_j),
          number(entry.recent_w),
          number(entry.highest_w)};
}

}  // namespace

EnergyAnswer energy_at(const record::EnergyBoard& board, std::uint32_t entry,
                       std::int64_t now_ns) noexcept {
  constexpr int kTries = 1000;  // the recorder writes for well under a microsecond
  for (int attempt = 0; attempt < kTries; ++attempt) {
    // Pairs with the release store that ends a change in tools/recorder/energy_board.cpp.
    const std::uint32_t before = board.sequence.load(std::memory_order_acquire);
    if ((before & 1u) != 0) continue;
    const Taken taken = take(board.entries[entry]);
    // The loads above come before the second look (pairs with the recorder's release fence).
    std::atomic_thread_fence(std::memory_order_acquire);
    if (board.sequence.load(std::memory_order_relaxed) != before) continue;
    EnergyAnswer answer;
    answer.state = taken.state;
    if (taken.state != EnergyState::kKnown) return answer;
    const double since_s =
        static_cast<double>(std::max<std::int64_t>(now_ns - taken.at_ns, 0)) * 1e-9;
    answer.provenance = taken.provenance;
    answer.lo_j = taken.lo_j;
    answer.hi_j = taken.hi_j + taken.highest_w * since_s;
    answer.value_j = std::clamp(taken.value_j + taken.recent_w * since_s, answer.lo_j, answer.hi_j);
    return answer;
  }
  return {};
}

}  // namespace joulepath::pmpi
