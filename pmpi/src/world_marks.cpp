#include "pmpi/src/world_marks.hpp"

#include "core/record/mark_writer.hpp"
#include "pmpi/src/next_function.hpp"
#include "pmpi/src/process.hpp"

namespace joulepath::pmpi {
namespace {

record::MarkWriter writer;

bool was_spawned() noexcept {
  using Query = int (*)(Arg*);
  const auto get_parent = reinterpret_cast<Query>(next_function_or_null("PMPI_Comm_get_parent"));
  Arg parent = 0;
  return get_parent != nullptr && get_parent(&parent) == 0 &&
         abi().handle(parent) != abi().comm_null;
}

}  // namespace

WorldHandle world_handle;
std::atomic<std::uint64_t> world_calls{0};
std::atomic<bool> world_calls_at_once{false};

void begin_world_marks(int thread_level) noexcept {
  if (!abi().known() || was_spawned()) return;
  constexpr int kSerialized = 2;  // MPI_THREAD_SERIALIZED, in every MPI
  world_calls_at_once.store(thread_level < 0 || thread_level > kSerialized,
                            std::memory_order_relaxed);
  world_handle.mask.store(abi().handles_are_int ? Arg{0xffffffff} : ~Arg{0},
                          std::memory_order_relaxed);
  world_handle.handle.store(abi().comm_world, std::memory_order_relaxed);
}

void keep_world_mark(std::uint64_t ordinal, std::uint64_t begin_ticks,
                     std::uint64_t end_ticks) noexcept {
  record::Channel* channel = recorded_channel();
  // Collectives on one communicator are one after the other, whichever threads call them. Where a
  // program does not keep to that, and has begun another one, it loses the mark.
  if (channel == nullptr || ordinal != world_calls.load(std::memory_order_relaxed)) return;
  writer.keep(channel->marks, ordinal, begin_ticks, end_ticks);
}

}  // namespace joulepath::pmpi
