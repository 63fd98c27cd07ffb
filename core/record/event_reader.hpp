// The reading half of a ring: takes what its thread has put since the last look. One reader
// a ring; never blocks the writer.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/record/event_layout.hpp"

namespace joulepath::record {

class EventReader {
 public:
  /// The ring must outlive the reader (it is part of a mapped event file).
  explicit EventReader(EventRing* ring) : ring_(ring) {}

  /// Calls see(record, items) for each event, oldest first, and gives its room back. A record
  /// that contradicts itself (more items than the ring holds) ends the reading for good:
  /// false then.
  template <class See>
  bool take(See&& see) {
    RingHeader& header = ring_->header;
    std::uint64_t at = header.tail.load(std::memory_order_relaxed);
    // Pairs with the release store in EventWriter::put.
    const std::uint64_t head = header.head.load(std::memory_order_acquire);
    if (broken_ || head - at > kRingSlots) {
      broken_ = true;
      return false;
    }
    while (at != head) {
      const EventRecord record = ring_->slots[at % kRingSlots].record;
      const std::uint64_t slots = 1 + (record.items + 1u) / 2;
      if (head - at < slots) {
        broken_ = true;
        return false;
      }
      items_.clear();
      for (std::uint32_t i = 0; i < record.items; ++i)
        items_.push_back(ring_->slots[(at + 1 + i / 2) % kRingSlots].items[i % 2]);
      see(record, std::span<const EventItem>(items_));
      at += slots;
    }
    // Pairs with the acquire load in EventWriter::find_room.
    header.tail.store(at, std::memory_order_release);
    return true;
  }

  /// Events that found no room since the last call.
  std::uint64_t take_dropped() {
    const std::uint64_t now = ring_->header.dropped.load(std::memory_order_relaxed);
    return now - std::exchange(dropped_, now);
  }

 private:
  EventRing* ring_;
  std::vector<EventItem> items_;
  std::uint64_t dropped_ = 0;
  bool broken_ = false;
};

}  // namespace joulepath::record
