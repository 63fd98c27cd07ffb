#include "pmpi/src/event_file.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/record/session.hpp"
#include "pmpi/src/shared_file.hpp"

namespace joulepath::pmpi {
namespace {

using record::EventFile;
using record::EventHeader;

char path[record::kSessionPathBytes + 64];
std::atomic<EventFile*> file{nullptr};

}  // namespace

bool events_wanted() noexcept {
  const char* wanted = std::getenv("JOULEPATH_EVENTS");
  return wanted != nullptr && std::strcmp(wanted, "on") == 0;
}

int open_event_file(const char* channel_path) noexcept {
  const char* name = std::strrchr(channel_path, '/');
  constexpr char kChannel[] = "/channel.";
  if (name == nullptr || std::strncmp(name, kChannel, sizeof kChannel - 1) != 0) return EINVAL;
  const int length =
      std::snprintf(path, sizeof path, "%.*s/events.%s", static_cast<int>(name - channel_path),
                    channel_path, name + sizeof kChannel - 1);
  if (length < 0 || static_cast<std::size_t>(length) >= sizeof path) return ENAMETOOLONG;
  void* mapped = nullptr;
  if (const int error =
          create_shared_file(path, sizeof(EventFile), record::kEventHeaderBytes, &mapped))
    return error;
  auto* made = static_cast<EventFile*>(mapped);
  made->header.magic = record::kEventMagic;
  made->header.version = record::kEventVersion;
  file.store(made, std::memory_order_release);
  return 0;
}

EventFile* event_file() noexcept {
  return file.load(std::memory_order_acquire);
}

void abandon_event_file() noexcept {
  file.store(nullptr, std::memory_order_relaxed);
}

void open_ring(record::EventWriter& events, std::uint32_t lane, std::uint32_t generation,
               std::uint64_t now) noexcept {
  EventFile* shared = event_file();
  if (shared == nullptr) return;
  EventHeader& header = shared->header;
  record::EventRing& ring = shared->rings[lane];
  const std::uint64_t bit = std::uint64_t{1} << (lane % 64);
  std::atomic<std::uint64_t>& ready = header.rings_ready[lane / 64];
  if ((ready.load(std::memory_order_acquire) & bit) == 0) {
    const std::size_t begin = offsetof(EventFile, rings) + lane * sizeof(record::EventRing);
    if (populate_shared_file(path, shared, begin, sizeof(record::EventRing)) != 0) {
      header.rings_refused.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    // Pairs with the acquire load in the recorder: only then may it touch the ring.
    ready.fetch_or(bit, std::memory_order_release);
  }
  events.start(&ring, generation, now);
}

}  // namespace joulepath::pmpi
