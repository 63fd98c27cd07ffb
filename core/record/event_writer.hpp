// The writing half of a ring: one thread puts events in, never waits, and counts those that
// found no room. Polls that find nothing, in which a waiting program makes millions of calls a
// second, are held back and become one event. Inlined into the shim's wrappers. Header-only, no
// C++ library.
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
    flush();
    write(record, items, count);
  }

  /// A call that asked for something and found nothing. Calls of one function in one phase that
  /// soon follow each other are one record.
  [[gnu::always_inline]] void put_poll(const EventRecord& record, std::uint64_t end) noexcept {
    if (polls_ != 0 && record.function == poll_.function && record.phase == poll_.phase &&
        record.t_begin - polls_end_ <= kMostBetweenPolls && end - poll_.t_begin <= kLongestPolls)
        [[likely]] {
      ++polls_;
      polls_end_ = end;
      return;
    }
    flush();
    poll_ = record;
    polls_ = 1;
    polls_end_ = end;
  }
  /// Puts what is held back: no event follows for now.
  [[gnu::always_inline]] void flush() noexcept {
    if (polls_ != 0) [[unlikely]]
      put_polls();
  }

  /// An event of which not all could be kept: it counts as dropped.
  void note_dropped() noexcept {
    Atomic64& dropped = ring_->header.dropped;
    dropped.store(dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  /// In ticks of the channel's clock, which are a third of a nanosecond to one: some microseconds
  /// from one poll to the next, and some milliseconds in all.
  static constexpr std::uint64_t kMostBetweenPolls = std::uint64_t{1} << 13;
  static constexpr std::uint64_t kLongestPolls = std::uint64_t{1} << 24;

 private:
  static_assert(std::endian::native == std::endian::little);
  static std::uint64_t word(std::uint32_t low, std::uint16_t middle, std::uint16_t high) noexcept {
    return low | std::uint64_t{middle} << 32 | std::uint64_t{high} << 48;
  }

  [[gnu::always_inline]] void write(const EventRecord& record, const EventItem* items,
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

  [[gnu::noinline]] void put_polls() noexcept {
    if (polls_ > 1) {
      const std::uint64_t ticks = polls_end_ - poll_.t_begin;
      poll_.ticks_low = static_cast<std::uint32_t>(ticks);
      poll_.ticks_high = static_cast<std::uint16_t>(ticks >> 32);
      poll_.bytes_low = polls_;
      poll_.bytes_high = 0;
      poll_.peer = kPollsPeer;
      poll_.communicator = kNoCommunicator;
      poll_.tag = kNoTag;
    }
    polls_ = 0;
    write(poll_, nullptr, 0);
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
  bool signed_ = false;      ///< the ring knows whose events these are
  std::uint32_t polls_ = 0;  ///< held back: so many, of which `poll_` was the first
  std::uint64_t polls_end_ = 0;
  EventRecord poll_{};
};

}  // namespace joulepath::record
