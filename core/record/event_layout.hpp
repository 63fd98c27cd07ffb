// The event file: one shared-memory file beside a process's channel, made only in event
// mode. Each lane of the channel has a ring here; its thread writes, the recorder reads.
// Like the channel an ABI between the two. Header-only, no C++ library.
//
//        0 +--------------------------------------+
//          | EventHeader            (9 pages)     |  communicators appended by any thread
//    36864 +--------------------------------------+
//          | Ring 0                               |
//          |   RingHeader         4096 bytes      |  head: the thread; tail: the recorder
//          |   Slot[65536]          32 bytes each |
//          +--------------------------------------+
//          | Ring 1 ...                           |
//          +--------------------------------------+
//
// One event is a record and, behind it, `items` halves of slots: two items a slot. A thread
// never waits: where the ring is full the event is counted in `dropped` and forgotten.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/record/channel_layout.hpp"
#include "core/record/event_peer.hpp"

namespace joulepath::record {

inline constexpr std::uint64_t kEventMagic = 0x315456454c554f4aull;  // "JOULEVT1"
inline constexpr std::uint32_t kEventVersion = 2;
inline constexpr std::uint32_t kEventHeaderBytes = 9 * kPageBytes;
inline constexpr std::uint32_t kRingSlots = 65536;  ///< a power of 2
inline constexpr std::uint32_t kCommunicatorCapacity = 1024;

inline constexpr std::int16_t kTagInItem = -32768;        ///< too long for its field
inline constexpr std::uint16_t kNoCommunicator = 0xffff;  ///< none, or one that is not known

// Values of EventRecord::function that are no function's key.
inline constexpr std::uint16_t kEventFailed = 0x8000;   ///< bit: the call returned an error
inline constexpr std::uint16_t kThreadEvent = 0x7ff0;   ///< a thread takes the lane; `peer`: the
                                                        ///< lane's generation
inline constexpr std::uint16_t kPhaseEvent = 0x7ff1;    ///< time passes in `phase` from t_begin
                                                        ///< on
inline constexpr std::uint16_t kFurtherItems = 0x7ff2;  ///< more items of the record before

struct EventRecord {
  std::uint64_t t_begin;  ///< ticks of the channel's clock
  std::uint32_t ticks_low;
  std::uint16_t ticks_high;  ///< with ticks_low: how long the call took
  std::uint16_t function;
  std::uint32_t bytes_low;
  std::uint16_t bytes_high;  ///< with bytes_low; 2^48 - 1 also stands for more
  std::uint8_t phase;
  std::uint8_t items;  ///< that follow
  std::int32_t peer;   ///< rank in the communicator, root; kNoPeer, kAnyPeer, kNullPeer, kPollsPeer
  std::uint16_t communicator;
  std::int16_t tag;
};

/// A request that the call started or completed; the receiving half of an exchange (request
/// 0); or a tag that is too long for the record (request 0, peer kNoPeer).
struct EventItem {
  std::uint64_t request;  ///< the MPI's handle
  std::int32_t peer;      ///< of a completed receive: the message's source; else kNoPeer
  std::int32_t tag;
};

/// Threads write whole words: of smaller pieces, what is read back as a word has to wait until
/// all of them have left the CPU's store buffer.
union EventSlot {
  EventRecord record;
  EventItem items[2];
  std::uint64_t words[4];
};

struct alignas(64) RingHeader {
  Atomic64 head;     ///< slots written so far; by the thread
  Atomic64 dropped;  ///< events that found no room; by the thread
  std::uint64_t reserved_head[6];
  Atomic64 tail;  ///< slots read so far; by the recorder
  std::uint64_t reserved_tail[7];
};

struct EventRing {
  RingHeader header;
  unsigned char header_room[kPageBytes - sizeof(RingHeader)];
  EventSlot slots[kRingSlots];
};

/// A communicator of this process. Two processes that have the same communicator give it the
/// same id: it is made of the members' ranks in MPI_COMM_WORLD, in order, and of how many
/// communicators with these members were made before.
struct CommunicatorEntry {
  std::uint64_t id;
  std::int32_t size;
  std::int32_t rank;  ///< this process's
  std::uint64_t reserved[2];
};

struct EventHeader {
  std::uint64_t magic;
  std::uint32_t version;
  Atomic32 communicator_count;  ///< entries [0, count) are valid
  Atomic32 rings_refused;       ///< threads whose events found no memory for a ring
  std::uint32_t reserved;
  Atomic64 rings_ready[kLaneCapacity / 64];  ///< bit n: ring n has its pages
  CommunicatorEntry communicators[kCommunicatorCapacity];
};

struct EventFile {
  EventHeader header;
  unsigned char header_room[kEventHeaderBytes - sizeof(EventHeader)];
  EventRing rings[kLaneCapacity];
};

static_assert(sizeof(EventRecord) == 32);
static_assert(sizeof(EventItem) == 16);
static_assert(sizeof(EventSlot) == 32);
static_assert(sizeof(RingHeader) == 128);
static_assert(sizeof(CommunicatorEntry) == 32);
static_assert(sizeof(EventHeader) <= kEventHeaderBytes);
static_assert(sizeof(EventRing) == kPageBytes + kRingSlots * 32);
static_assert(offsetof(EventFile, rings) == kEventHeaderBytes);

}  // namespace joulepath::record
