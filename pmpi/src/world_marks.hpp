// Which calls of the process are marks for the clocks of its nodes: collectives on MPI_COMM_WORLD
// in which nobody leaves before the last has come. They are counted, and a few are kept in the
// channel (core/record/mark_writer.hpp). A process that was spawned has another MPI_COMM_WORLD,
// and one with sessions has none: no marks of them. All other calls pay nothing.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/record/synchronising.hpp"
#include "pmpi/src/abi.hpp"
#include "pmpi/src/event_rules.hpp"

namespace joulepath::pmpi {

/// By id: "MPI_Send" is kFunctionNames[450].
inline constexpr std::string_view kFunctionNames[] = {
    "(compute)",
#define JOULEPATH_FUNCTION(id, name, function_class, operation, role, waits) name,
#include "function_table.inc"
#undef JOULEPATH_FUNCTION
};

template <class Parts>
inline constexpr int kCommunicatorOf = -1;
template <int comm>
inline constexpr int kCommunicatorOf<Collective<comm>> = comm;

/// Position of the communicator of a function whose calls can be marks; -1: of others.
template <std::uint16_t id, class Parts>
inline constexpr int kMarkedBy = record::synchronises(kFunctionNames[id]) ? kCommunicatorOf<Parts>
                                                                          : -1;

/// How MPI_COMM_WORLD is told among arguments: (argument & mask) == handle. Never, at first.
struct WorldHandle {
  std::atomic<Arg> handle{1};
  std::atomic<Arg> mask{0};
};
extern WorldHandle world_handle [[gnu::visibility("hidden")]];
extern std::atomic<std::uint64_t> world_calls [[gnu::visibility("hidden")]];
/// MPI_THREAD_MULTIPLE: a program that calls two collectives at once must not lose a number.
extern std::atomic<bool> world_calls_at_once [[gnu::visibility("hidden")]];

/// MPI_Init has returned: counting begins, unless the process was spawned. `thread_level`: what the
/// MPI gives (MPI_THREAD_*).
void begin_world_marks(int thread_level) noexcept;

/// The ordinal of a call that begins, from 1; 0: it is on another communicator. Counted before the
/// call and whatever becomes of it, as the other ranks count theirs.
[[gnu::always_inline]] inline std::uint64_t count_world_call(Arg communicator) noexcept {
  if ((communicator & world_handle.mask.load(std::memory_order_relaxed)) !=
      world_handle.handle.load(std::memory_order_relaxed))
    return 0;
  if (world_calls_at_once.load(std::memory_order_relaxed)) [[unlikely]]
    return world_calls.fetch_add(1, std::memory_order_relaxed) + 1;
  const std::uint64_t ordinal = world_calls.load(std::memory_order_relaxed) + 1;
  world_calls.store(ordinal, std::memory_order_relaxed);
  return ordinal;
}

/// The call has returned with success, and moved data if it had to.
[[gnu::noinline]] void keep_world_mark(std::uint64_t ordinal, std::uint64_t begin_ticks,
                                       std::uint64_t end_ticks) noexcept;

}  // namespace joulepath::pmpi
