// Values kept by an MPI's handles. Open addressing, lock-free: a key is written once into an
// empty slot and stays, so that a probe never has to move entries. The MPI uses handles again,
// so the number of keys is that of handles alive at one time. Lives in zeroed static memory,
// whose pages stay untouched until they are used.
#pragma once

#include <atomic>
#include <cstdint>

#include "pmpi/src/abi.hpp"

namespace joulepath::pmpi {

/// 2^bits slots; a handle that finds no room in `probes` of them is not kept.
template <int bits, std::uint64_t probes>
class HandleTable {
 public:
  using Value = std::atomic<std::uint64_t>;

  /// The value of a handle, 0 at first; null when there is no room.
  Value* insert(Arg handle) noexcept { return find(handle, true); }
  /// Null for a handle that was never inserted.
  Value* find(Arg handle) noexcept { return find(handle, false); }

 private:
  struct Slot {
    std::atomic<std::uint64_t> key;  ///< handle + 1; 0: empty
    Value value;
  };
  static constexpr std::uint64_t kSlots = std::uint64_t{1} << bits;

  Value* find(Arg handle, bool insert) noexcept {
    const std::uint64_t key = static_cast<std::uint64_t>(handle) + 1;
    const std::uint64_t first = (key * 0x9e3779b97f4a7c15u) >> (64 - bits);
    for (std::uint64_t probe = 0; probe < probes; ++probe) {
      Slot& slot = slots_[(first + probe) % kSlots];
      std::uint64_t held = slot.key.load(std::memory_order_acquire);
      if (held == 0) {
        if (!insert) return nullptr;
        if (slot.key.compare_exchange_strong(held, key, std::memory_order_acq_rel))
          return &slot.value;
      }
      if (held == key) return &slot.value;
    }
    return nullptr;
  }

  Slot slots_[kSlots];
};

}  // namespace joulepath::pmpi
