// The writing half of a ring: one thread puts events in, never waits, and counts those that
// found no room. Inlined into the shim's wrappers. Header-only, no C++ library.
#pragma once

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
  void stop() noexcept { ring_ = nullptr; }

  /// Puts the record and its items; `record.items` is set here. At most 255 items.
  [[gnu::always_inline]] void put(EventRecord record, const EventItem* items,
                                  std::uint32_t count) noexcept {
    const std::uint32_t slots = 1 + (count + 1) / 2;
    if (head_ + slots > limit_) [[unlikely]] {
      if (!make_room(slots, record.t_begin)) return;
    }
    record.items = static_cast<std::uint8_t>(count);
    ring_->slots[head_ % kRingSlots].record = record;
    for (std::uint32_t i = 0; i < count; ++i)
      ring_->slots[(head_ + 1 + i / 2) % kRingSlots].items[i % 2] = items[i];
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
