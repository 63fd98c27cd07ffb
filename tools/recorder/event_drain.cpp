#include "tools/recorder/event_drain.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "core/base/file.hpp"
#include "core/record/event_kind.hpp"

namespace joulepath::tools {

using record::EventItem;
using record::EventRecord;

struct EventDrain::Ring {
  explicit Ring(record::EventRing* ring) : reader(ring) {}
  record::EventReader reader;
  std::uint32_t lane = record::kNone32;  ///< whose events these are
  std::int64_t until_ns = 0;             ///< the last of them ended
};

namespace {

std::filesystem::path event_file_of(const std::filesystem::path& channel) {
  constexpr std::string_view kChannel = "channel.";
  const std::string name = channel.filename().string();
  return channel.parent_path() / ("events." + name.substr(kChannel.size()));
}

std::uint64_t ticks_of(const EventRecord& event) {
  return event.ticks_low | std::uint64_t{event.ticks_high} << 32;
}

std::uint64_t bytes_of(const EventRecord& event) {
  return event.bytes_low | std::uint64_t{event.bytes_high} << 32;
}

}  // namespace

base::Result<std::unique_ptr<EventDrain>> EventDrain::open(const std::filesystem::path& channel,
                                                           EventCounts& counts) {
  const std::filesystem::path file = event_file_of(channel);
  const base::Descriptor fd(::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.open()) return base::system_error("cannot open the event file", file.string(), errno);
  const auto foreign = [&] {
    return base::Error{base::Errc::kFormat,
                       "is not an event file of this version of Joulepath",
                       file.string(),
                       0,
                       {}};
  };
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0 || info.st_uid != ::geteuid() ||
      info.st_size != static_cast<off_t>(sizeof(record::EventFile)))
    return foreign();
  void* mapped =
      ::mmap(nullptr, sizeof(record::EventFile), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (mapped == MAP_FAILED)
    return base::system_error("cannot map the event file", file.string(), errno);
  std::unique_ptr<EventDrain> drain(
      new EventDrain(file, static_cast<record::EventFile*>(mapped), counts));
  const record::EventHeader& header = drain->mapped_->header;
  if (header.magic != record::kEventMagic || header.version != record::kEventVersion)
    return foreign();
  return drain;
}

EventDrain::EventDrain(std::filesystem::path file, record::EventFile* mapped, EventCounts& counts)
    : file_(std::move(file)), mapped_(mapped), counts_(counts) {}

EventDrain::~EventDrain() {
  ::munmap(mapped_, sizeof(record::EventFile));
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

std::uint32_t EventDrain::take_refused() {
  const std::uint32_t now = mapped_->header.rings_refused.load(std::memory_order_relaxed);
  return now - std::exchange(refused_, now);
}

std::uint32_t EventDrain::request_number(std::uint64_t handle) {
  return requests_.try_emplace(handle, static_cast<std::uint32_t>(requests_.size() + 1))
      .first->second;
}

std::uint32_t EventDrain::communicator_key(std::uint16_t index, std::uint32_t process,
                                           trace::NodeSink& sink) {
  if (index == record::kNoCommunicator) return record::kNone32;
  // Pairs with the release store in add_communicator: the entry was there before the event.
  const std::uint32_t count =
      std::min(mapped_->header.communicator_count.load(std::memory_order_acquire),
               record::kCommunicatorCapacity);
  while (communicators_.size() < count) {
    const auto& entry = mapped_->header.communicators[communicators_.size()];
    communicators_.push_back(counts_.communicators++);
    sink.add(
        record::CommunicatorRow{communicators_.back(), process, entry.id, entry.size, entry.rank});
  }
  return index < communicators_.size() ? communicators_[index] : record::kNone32;
}

void EventDrain::add_items(std::span<const EventItem> items, std::uint32_t tick,
                           trace::NodeSink& sink) {
  for (const EventItem& item : items)
    sink.add(record::EventItemRow{tick, counts_.events - 1,
                                  item.request != 0 ? request_number(item.request) : 0, item.peer,
                                  item.tag});
}

void EventDrain::add(Ring& ring, const EventRecord& event, std::span<const EventItem> items,
                     std::uint32_t tick, const record::TickScale& scale, const Keys& keys,
                     trace::NodeSink& sink) {
  if (event.function == record::kFurtherItems) {
    if (last_was_kept_) add_items(items, tick, sink);
    return;
  }
  const bool phase_change = event.function == record::kPhaseEvent;
  const bool failed = !phase_change && (event.function & record::kEventFailed) != 0;
  const auto function = static_cast<std::uint16_t>(
      phase_change ? record::kComputeFunction : event.function & ~record::kEventFailed);
  // The rate of the clock is known better and better: no event may begin before the last one
  // has ended by that.
  const std::int64_t begin_ns = std::max(scale.at_ns(event.t_begin), ring.until_ns);
  const std::int64_t end_ns = std::max(scale.at_ns(event.t_begin + ticks_of(event)), begin_ns);
  ring.until_ns = end_ns;
  const auto ns = static_cast<std::uint64_t>(end_ns - begin_ns);
  const std::uint64_t calls = event.peer == record::kPollsPeer ? bytes_of(event) : 1;
  last_was_kept_ = phase_change || counts_.filter.all() ||
                   counts_.filter.lets_through(function, ns / calls, keys.phase_name(event.phase));
  if (!last_was_kept_) {
    counts_.left_out += static_cast<std::int64_t>(calls);
    return;
  }
  record::EventRow row;
  row.tick = tick;
  row.lane = ring.lane;
  row.cell = keys.cell(event.phase, function);
  row.t_begin_ns = begin_ns;
  row.ns = ns;
  row.bytes = bytes_of(event);
  row.peer = failed ? record::kFailedPeer : event.peer;
  row.communicator = communicator_key(event.communicator, keys.process, sink);
  row.tag = event.tag;
  if (event.tag == record::kTagInItem && !items.empty()) {
    row.tag = items.front().tag;
    if (items.front().request == 0) items = items.subspan(1);
  }
  // One request is told in the row itself, with where its message came from.
  const record::EventRole role = record::event_rule(std::uint32_t{function}).role;
  if (items.size() == 1 && items.front().request != 0) {
    row.request = request_number(items.front().request);
    if (role == record::EventRole::kCompletes || role == record::EventRole::kCompletesFirst) {
      row.peer = items.front().peer;
      row.tag = items.front().tag;
    }
    items = {};
  }
  sink.add(row);
  ++counts_.events;
  add_items(items, tick, sink);
}

void EventDrain::drain(std::uint32_t lane, std::uint32_t tick, const record::TickScale& scale,
                       std::int64_t now_ns, const Keys& keys, trace::NodeSink& sink) {
  // Pairs with the release fetch_or in open_ring: before, its pages may not be there.
  const std::uint64_t ready =
      mapped_->header.rings_ready[lane / 64].load(std::memory_order_acquire);
  if ((ready >> (lane % 64) & 1u) == 0) return;
  if (rings_.size() <= lane) rings_.resize(lane + 1);
  auto& ring = rings_[lane];
  if (ring == nullptr) ring = std::make_unique<Ring>(&mapped_->rings[lane]);
  ring->reader.take([&](const EventRecord& event, std::span<const EventItem> items) {
    if (event.function == record::kThreadEvent)
      ring->lane = keys.lane(lane, static_cast<std::uint32_t>(event.peer));
    else if (ring->lane != record::kNone32)
      add(*ring, event, items, tick, scale, keys, sink);
  });
  if (const std::uint64_t dropped = ring->reader.take_dropped();
      dropped != 0 && ring->lane != record::kNone32)
    sink.add(record::HealthRow{now_ns, record::HealthKind::kEventsDropped, ring->lane, 0,
                               static_cast<std::int64_t>(dropped)});
}

}  // namespace joulepath::tools
