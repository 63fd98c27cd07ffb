#include "pmpi/src/communicators.hpp"

#include <pthread.h>

#include <atomic>
#include <cstdlib>

#include "core/record/event_layout.hpp"
#include "pmpi/src/event_file.hpp"
#include "pmpi/src/handle_cache.hpp"
#include "pmpi/src/handle_table.hpp"
#include "pmpi/src/next_function.hpp"

namespace joulepath::pmpi {
namespace {

using record::kNoCommunicator;

HandleTable<12, 32> entries;  ///< of the event file, + 1; 0: none

/// How many communicators with the same members there were.
struct Members {
  std::uint64_t hash;
  std::uint32_t made;
};
Members known_members[record::kCommunicatorCapacity];
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/// FNV-1a, which is the same on every member.
class Hash {
 public:
  void add(std::uint32_t value) noexcept {
    for (int byte = 0; byte < 4; ++byte) {
      hash_ ^= (value >> (8 * byte)) & 0xffu;
      hash_ *= 0x100000001b3u;
    }
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

template <class Function>
Function asked(const char* name) noexcept {
  return reinterpret_cast<Function>(next_function_or_null(name));
}

/// False when there is nothing to call, or the MPI does not say.
bool hash_members(Arg handle, std::int32_t size, Hash& hash) noexcept {
  using Group = int (*)(Arg, Arg*);
  using Translate = int (*)(Arg, int, const int*, Arg, int*);
  using Free = int (*)(Arg*);
  const auto group_of = asked<Group>("PMPI_Comm_group");
  const auto translate = asked<Translate>("PMPI_Group_translate_ranks");
  const auto release = asked<Free>("PMPI_Group_free");
  if (group_of == nullptr || translate == nullptr || release == nullptr) return false;
  auto* ranks = static_cast<int*>(std::malloc(2 * static_cast<std::size_t>(size) * sizeof(int)));
  if (ranks == nullptr) return false;
  int* world_ranks = ranks + size;
  for (int i = 0; i < size; ++i) ranks[i] = i;
  Arg own = 0, world = 0;
  bool good = group_of(handle, &own) == 0;
  if (good) {
    good = group_of(abi().comm_world, &world) == 0;
    if (good) {
      good = translate(abi().handle(own), size, ranks, abi().handle(world), world_ranks) == 0;
      release(&world);
    }
    release(&own);
  }
  for (int i = 0; good && i < size; ++i) {
    good = world_ranks[i] != abi().undefined;
    hash.add(static_cast<std::uint32_t>(world_ranks[i]));
  }
  std::free(ranks);
  return good;
}

/// How many communicators had these members before; false when the table is full.
bool count_members(std::uint64_t hash, std::uint32_t& before) noexcept {
  for (Members& members : known_members) {
    if (members.made != 0 && members.hash != hash) continue;
    members.hash = hash;
    before = members.made++;
    return true;
  }
  return false;
}

}  // namespace

void add_communicator(Arg argument) noexcept {
  record::EventFile* file = event_file();
  if (file == nullptr || !abi().known()) return;
  const Arg handle = abi().handle(argument);
  using Query = int (*)(Arg, int*);
  const auto is_inter = asked<Query>("PMPI_Comm_test_inter");
  const auto size_of = asked<Query>("PMPI_Comm_size");
  const auto rank_in = asked<Query>("PMPI_Comm_rank");
  int inter = 1, size = 0, rank = -1;
  if (handle == abi().comm_null || is_inter == nullptr || size_of == nullptr ||
      rank_in == nullptr || is_inter(handle, &inter) != 0 || inter != 0 ||
      size_of(handle, &size) != 0 || rank_in(handle, &rank) != 0 || size <= 0)
    return;
  Hash hash;
  if (!hash_members(handle, size, hash)) return;
  pthread_mutex_lock(&lock);
  record::EventHeader& header = file->header;
  const std::uint32_t count = header.communicator_count.load(std::memory_order_relaxed);
  std::uint32_t before = 0;
  if (count < record::kCommunicatorCapacity && count_members(hash.value(), before)) {
    hash.add(before);
    header.communicators[count] = {hash.value(), size, rank, {}};
    // The recorder learns of the entry from an event, which is put after this.
    header.communicator_count.store(count + 1, std::memory_order_release);
    if (auto* entry = entries.insert(handle)) entry->store(count + 1, std::memory_order_release);
    comm_generation.fetch_add(1, std::memory_order_acq_rel);
  }
  pthread_mutex_unlock(&lock);
}

void add_predefined_communicators() noexcept {
  add_communicator(abi().comm_world);
  add_communicator(abi().comm_self);
}

void forget_communicator(Arg argument) noexcept {
  if (event_file() == nullptr) return;
  if (auto* entry = entries.find(abi().handle(argument)))
    entry->store(0, std::memory_order_relaxed);
}

std::uint16_t communicator_index(Arg argument) noexcept {
  const auto* entry = entries.find(abi().handle(argument));
  const std::uint64_t index = entry != nullptr ? entry->load(std::memory_order_acquire) : 0;
  return index != 0 ? static_cast<std::uint16_t>(index - 1) : kNoCommunicator;
}

}  // namespace joulepath::pmpi
