#include "pmpi/src/request_bytes.hpp"

#include <atomic>

namespace joulepath::pmpi {
namespace {

// Open addressing. A key is written once into an empty slot and stays, so that a probe
// never has to move entries; freeing a request only clears its bytes. Request handles are
// reused by the MPI, so the number of keys is that of requests alive at one time.
struct Slot {
  std::atomic<std::uint64_t> key;  ///< handle + 1; 0: empty
  std::atomic<std::uint64_t> bytes;
};
constexpr std::uint64_t kSlots = 1 << 14;
constexpr std::uint64_t kProbes = 64;
Slot slots[kSlots];  // 256 KiB of untouched zero pages until used

enum class Missing { kInsert, kIgnore };

Slot* find(Arg request, Missing missing) noexcept {
  const std::uint64_t key = static_cast<std::uint64_t>(request) + 1;
  const std::uint64_t first = (key * 0x9e3779b97f4a7c15u) >> 50;
  for (std::uint64_t probe = 0; probe < kProbes; ++probe) {
    Slot& slot = slots[(first + probe) % kSlots];
    std::uint64_t held = slot.key.load(std::memory_order_acquire);
    if (held == 0) {
      if (missing == Missing::kIgnore) return nullptr;
      if (slot.key.compare_exchange_strong(held, key, std::memory_order_acq_rel)) return &slot;
    }
    if (held == key) return &slot;
  }
  return nullptr;
}

}  // namespace

void remember_request(Arg request, std::uint64_t bytes) noexcept {
  if (Slot* slot = find(request, Missing::kInsert))
    slot->bytes.store(bytes, std::memory_order_relaxed);
}

std::uint64_t bytes_of_request(Arg request) noexcept {
  const Slot* slot = find(request, Missing::kIgnore);
  return slot != nullptr ? slot->bytes.load(std::memory_order_relaxed) : 0;
}

void forget_request(Arg request) noexcept {
  if (Slot* slot = find(request, Missing::kIgnore)) slot->bytes.store(0, std::memory_order_relaxed);
}

}  // namespace joulepath::pmpi
