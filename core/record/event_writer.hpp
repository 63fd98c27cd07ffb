// The writing half of a ring: one thread puts events in, never waits, and counts those that
// found no room. Inlined into the shim's wrappers. Header-only, no C++ library.
#pragma once

#include <bit>
#include <cstring>

#include "core/record/event_layout.hpp"

namespace joulepath::record {

class EventWriter {
 public:
  [[nodiscard]] bool open() const noexcept { return ring_ != nullptr; }

  /// `generation` of the lane: the reader learns by it whose events follow.
  void start(EventRing* ring, std::uint32_t generation, std::uint64_t now) noexcept {
    ring_ = ring;
    head_ = ring->header.head.load(std::memory_order_relaxed);
    limit_ = head_;
    generation_ = generation;
    signed_ = false;
    sign(now);
  }

  /// Puts the record and its items; how many is told by `count`, at most 255.
  [[gnu::always_inline]] void put(const EventRecord& record, const EventItem* items,
                                  std::uint32_t count) noexcept {
    const std::uint32_t slots = 1 + (count + 1) / 2;
    if (head_ + slots > limit_) [[unlikely]] {
      if (!make_room(slots, record.t_begin)) return;
    }
    std::uint64_t* words = ring_->slots[head_ % kRingSlots].words;
    words[0] = record.t_begin;
    words[1] = word(record.ticks_low, record.ticks_high, record.function);
    words[2] = word(record.bytes_low, record.bytes_high,
                    static_cast<std::uint16_t>(record.phase | count << 8));
    words[3] = word(static_cast<std::uint32_t>(record.peer), record.communicator,
                    static_cast<std::uint16_t>(record.tag));
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint64_t item[2];
      std::memcpy(item, &items[i], sizeof item);
      words = ring_->slots[(head_ + 1 + i / 2) % kRingSlots].words;
      words[i % 2 * 2] = item[0];
      words[i % 2 * 2 + 1] = item[1];
    }
    head_ += slots;
    // Pairs with the acquire load in EventReader::take.
    ring_->header.head.store(head_, std::memory_order_release);
  }

  /// An event of which not all could be kept: it counts as dropped.
  void note_dropped() noexcept {
    Atomic64& dropped = ring_->header.dropped;
    dropped.store(dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

 private:
  static_assert(std::endian::native == std::endian::little);
  static std::uint64_t word(std::uint32_t low, std::uint16_t middle, std::uint16_t high) noexcept {
    return low | std::uint64_t{middle} << 32 | std::uint64_t{high} << 48;
  }

  [[nodiscard]] bool find_room(std::uint32_t slots) noexcept {
    // Pairs with the release store in EventReader::take: what is overwritten was read.
    limit_ = ring_->header.tail.load(std::memory_order_acquire) + kRingSlots;
    return head_ + slots <= limit_;
  }

  [[gnu::noinline, gnu::cold]] bool make_room(std::uint32_t slots, std::uint64_t now) noexcept {
    if (!signed_) sign(now);
    if (signed_ && find_room(slots)) return true;
    note_dropped();
    // Look again at the next event only: nothing waits.
    return false;
  }

  void sign(std::uint64_t now) noexcept {
    if (!find_room(1)) {
      limit_ = head_;
      return;
    }
    EventRecord record{};
    record.t_begin = now;
    record.function = kThreadEvent;
    record.peer = static_cast<std::int32_t>(generation_);
    record.communicator = kNoCommunicator;
    ring_->slots[head_ % kRingSlots].record = record;
    ring_->header.head.store(++head_, std::memory_order_release);
    signed_ = true;
  }

  EventRing* ring_ = nullptr;
  std::uint64_t head_ = 0;
  std::uint64_t limit_ = 0;  ///< slots below it may be written
  std::uint32_t generation_ = 0;
  bool signed_ = false;  ///< the ring knows whose events these are
};

}  // namespace joulepath::record
