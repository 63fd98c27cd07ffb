// The interceptors: MPI_X and PMPI_X of every function in the table, generated from it.
// Each forwards to the next definition of the same name, with the arguments as they came
// (integers and pointers, one register or stack slot each), and books the time of the
// call. They are not noexcept: an exception thrown in an application's error handler
// passes through, and the guard below restores our state.
#include <cstdarg>
#include <utility>

#include "pmpi/src/byte_rules.hpp"
#include "pmpi/src/communicators.hpp"
#include "pmpi/src/event_rules.hpp"
#include "pmpi/src/long_event.hpp"
#include "pmpi/src/next_function.hpp"
#include "pmpi/src/pcontrol.hpp"
#include "pmpi/src/process.hpp"
#include "pmpi/src/thread_state.hpp"
#include "pmpi/src/world_marks.hpp"

// We link no C++ runtime. Who throws through us has loaded it; for everybody else these
// stay null and are never called.
__asm__(".weak __gxx_personality_v0\n.weak _Unwind_Resume\n");

namespace joulepath::pmpi {
namespace {

enum class Name { kMpi, kPmpi };

/// Whether the time beyond the least of its kind is a wait for others.
enum class Waits { kWaits, kNeverWaits };

enum class Hook {
  kNoHook,
  kInit,
  kInitThread,
  kFinalize,
  kSessionInit,
  kSessionFinalize,
  kAbort,
  kTypeFree,
  kCommFree,
  kCommDisconnect,
  kRequestFree,
  kPcontrol,
};

/// "MPI_Send", found once; several threads may find the same at once.
template <Name name, std::uint16_t id>
std::atomic<void*> next{nullptr};

/// The same once plain calls are what is wanted; null before, and in event mode.
template <Name name, std::uint16_t id>
std::atomic<void*> next_of_plain{nullptr};

template <class... Args>
Arg forward_variadic(int (*function)(int, ...), Arg first, Args... others) {
  return function(static_cast<int>(first), others...);
}

template <std::size_t>
using ArgAt = Arg;

template <std::size_t... I>
auto function_type(std::index_sequence<I...>) -> Arg (*)(ArgAt<I>...);

template <Hook hook, class... Args>
Arg forward(void* function, Args... arguments) {
  if constexpr (hook == Hook::kPcontrol) {
    // Called as the variadic function it is: the ABI wants to be told of that.
    return forward_variadic(reinterpret_cast<int (*)(int, ...)>(function), arguments...);
  } else {
    using Function = decltype(function_type(std::make_index_sequence<sizeof...(Args)>{}));
    return reinterpret_cast<Function>(function)(arguments...);
  }
}

template <Hook hook, std::size_t... I>
Arg forward_values(void* function, const Arg* values, std::index_sequence<I...>) {
  return forward<hook>(function, values[I]...);
}

constexpr bool begins_mpi(Hook hook) {
  return hook == Hook::kInit || hook == Hook::kInitThread || hook == Hook::kSessionInit;
}

/// Handles that end: whoever ends them, also the MPI library or another tool.
template <Hook hook>
void before_any(const Arg* arguments) noexcept {
  if constexpr (hook == Hook::kTypeFree) type_generation.fetch_add(1, std::memory_order_acq_rel);
  if constexpr (hook == Hook::kCommFree || hook == Hook::kCommDisconnect) {
    if (arguments[0] != 0) forget_communicator(abi().handle_in(arguments[0], 0));
    comm_generation.fetch_add(1, std::memory_order_acq_rel);  // after it: no thread keeps the old
  }
  if constexpr (hook == Hook::kRequestFree) {
    if (arguments[0] != 0) forget_request(abi().handle_in(arguments[0], 0));
  }
}

/// What the hot path does with a clock known beforehand, and the rest with any.
struct CpuClock {
  [[gnu::always_inline]] std::uint64_t operator()() const noexcept { return base::cpu_ticks(); }
};
struct AnyClock {
  std::uint64_t operator()() const noexcept { return now_ticks(); }
};

/// Leaves the call also when an exception ends it.
template <class Clock>
class InCall {
 public:
  [[gnu::always_inline]] InCall(ThreadState& thread, std::uint16_t function, void* frame) noexcept
      : thread_(thread) {
    enter_call(thread, function, frame, Clock());
  }
  [[gnu::always_inline]] ~InCall() {
    if (left_ || !thread_.lane.open()) return;
    leave_abandoned_call(thread_);
    leave_call(thread_, thread_.lane.cell_now(), Clock());
    if (thread_.tables->events.open()) thread_.tables->events.note_dropped();
  }
  /// The call has returned; what it took, in ticks.
  [[gnu::always_inline]] std::uint64_t leave(record::Cell& cell) noexcept {
    left_ = true;
    return leave_call(thread_, cell, Clock());
  }
  InCall(const InCall&) = delete;
  InCall& operator=(const InCall&) = delete;

 private:
  ThreadState& thread_;
  bool left_ = false;
};

template <class Bytes>
[[gnu::always_inline]] inline std::uint64_t bytes_moved(ThreadState& thread,
                                                        const Arg* values) noexcept {
  static constexpr Abi kNotNeeded{};
  HandleCache& handles = thread.tables->handles;
  if constexpr (!kNeedsAbi<Bytes>)
    return Bytes::bytes({values, handles, thread.last_type, kNotNeeded});
  const Abi& constants = abi();
  return constants.known() ? Bytes::bytes({values, handles, thread.last_type, constants}) : 0;
}

/// What is known of a call once it has returned.
struct Ended {
  std::uint64_t ticks = 0;
  std::uint64_t bytes = 0;
};

/// Books a call that has returned.
template <std::uint16_t id, Hook hook, Waits waits, class Bytes, class Clock>
[[gnu::always_inline]] inline Ended book(ThreadState& thread, InCall<Clock>& call, Arg result,
                                         const Arg* values) noexcept {
  record::Cell& cell = thread.lane.cell_now();
  Ended ended;
  ended.ticks = call.leave(cell);
  if constexpr (hook == Hook::kInit || hook == Hook::kInitThread || hook == Hook::kSessionInit) {
    if (static_cast<int>(result) == 0)
      process_ready(hook == Hook::kSessionInit ? InitKind::kSession : InitKind::kWorld);
  }
  if constexpr (hook == Hook::kFinalize) process_finalized();
  if constexpr (!std::is_same_v<Bytes, NoBytes>) {
    if (static_cast<int>(result) == 0) [[likely]]
      ended.bytes = bytes_moved<Bytes>(thread, values);
  }
  thread.lane.count(cell, ended.bytes);
  if constexpr (waits == Waits::kWaits)
    thread.lane.count_wait(cell, thread.tables->least.wait(id, ended.bytes, ended.ticks));
  return ended;
}

/// A call that returned may be a mark; `ordinal`: 0: it is none.
template <std::uint16_t id>
[[gnu::always_inline]] inline void note_mark(ThreadState& thread, std::uint64_t ordinal, Arg result,
                                             const Ended& ended) noexcept {
  if (ordinal == 0 || static_cast<int>(result) != 0) return;
  if (!record::is_barrier(kFunctionNames[id]) && ended.bytes == 0) return;
  const std::uint64_t end = thread.lane.lane()->header.mark.load(std::memory_order_relaxed);
  keep_world_mark(ordinal, end - ended.ticks, end);
}

/// Inlined into each wrapper: passing the arguments on once more would cost as much as
/// reading the clock.
template <std::uint16_t id, Hook hook, Waits waits, class Bytes, class Parts, class... Args>
[[gnu::always_inline]] inline Arg recorded(ThreadState& thread, void* function, void* frame,
                                           std::uint64_t mark, const Arg* values,
                                           Args... arguments) {
  InCall<CpuClock> call(thread, id, frame);
  const Arg result = forward<hook>(function, arguments...);
  // A child that was forked within the call has no lane.
  if (!thread.lane.open()) [[unlikely]]
    return result;
  [[maybe_unused]] const Ended ended = book<id, hook, waits, Bytes>(thread, call, result, values);
  if constexpr (kMarkedBy<id, Parts> >= 0) note_mark<id>(thread, mark, result, ended);
  if constexpr (hook == Hook::kPcontrol) control_profiling(thread, arguments...);
  return result;
}

/// The call as an event. `phase` is where its time went. `empty`: a poll that found nothing.
[[gnu::always_inline]] inline void put_event(ThreadState& thread, std::uint16_t function,
                                             std::uint16_t phase, const Ended& ended,
                                             const EventCall& parts, bool empty) noexcept {
  constexpr std::uint64_t kMost = (std::uint64_t{1} << 48) - 1;
  const std::uint64_t end = thread.lane.lane()->header.mark.load(std::memory_order_relaxed);
  std::uint64_t ticks = ended.ticks;
  std::uint64_t bytes = ended.bytes;
  if ((ticks | bytes) > kMost) [[unlikely]] {
    ticks = ticks < kMost ? ticks : kMost;
    bytes = bytes < kMost ? bytes : kMost;
  }
  ThreadTables& tables = *thread.tables;
  record::EventRecord event;
  event.t_begin = end - ended.ticks;
  event.ticks_low = static_cast<std::uint32_t>(ticks);
  event.ticks_high = static_cast<std::uint16_t>(ticks >> 32);
  event.function = function;
  event.bytes_low = static_cast<std::uint32_t>(bytes);
  event.bytes_high = static_cast<std::uint16_t>(bytes >> 32);
  event.phase = static_cast<std::uint8_t>(phase);
  event.items = 0;
  event.peer = parts.peer;
  event.communicator = parts.communicator;
  event.tag = static_cast<std::int16_t>(parts.tag);
  if (empty) {
    tables.events.put_poll(event, end);
    return;
  }
  const std::uint32_t items = parts.items();
  if (event.tag == parts.tag && event.tag != record::kTagInItem && items <= 1) [[likely]] {
    tables.events.put(event, tables.scratch.items, items);
    return;
  }
  // A copy: of `parts` itself, whose address nobody has, the compiler makes registers.
  put_long_event(tables, event, EventCall(parts));
}

/// A call in event mode, or one that has no CPU counter for a clock.
template <std::uint16_t id, Hook hook, Waits waits, class Bytes, class Parts, class... Args>
[[gnu::always_inline]] inline Arg recorded_otherwise(ThreadState& thread, void* function,
                                                     void* frame, std::uint64_t mark,
                                                     Args... arguments) {
  Arg values[sizeof...(Args) + 1] = {arguments...};
  EventCall parts(values, thread.tables->scratch, abi());
  const bool events = thread.tables->events.open();
  if constexpr (!std::is_same_v<Parts, NoParts>) {
    if (events && parts.constants().known()) Parts::before(parts);
  }
  const std::uint16_t phase = thread.phase;
  InCall<AnyClock> call(thread, id, frame);
  const Arg result =
      forward_values<hook>(function, values, std::make_index_sequence<sizeof...(Args)>{});
  if (!thread.lane.open()) [[unlikely]]
    return result;
  const Ended ended = book<id, hook, waits, Bytes>(thread, call, result, values);
  if constexpr (kMarkedBy<id, Parts> >= 0) note_mark<id>(thread, mark, result, ended);
  if (events) {
    std::uint16_t event = id;
    bool empty = false;
    if (static_cast<int>(result) != 0) {
      event |= record::kEventFailed;
    } else if constexpr (!std::is_same_v<Parts, NoParts>) {
      if (parts.constants().known()) {
        Parts::after(parts);
        if constexpr (Poll<Parts>) empty = Parts::found_nothing(parts);
      }
    }
    put_event(thread, event, phase, ended, parts, empty);
  }
  if constexpr (hook == Hook::kPcontrol) control_profiling(thread, arguments...);
  return result;
}

/// kPlain: the clock is the CPU's counter, and no events are wanted.
enum class Way { kPlain, kOther };

template <Way way, std::uint16_t id, Hook hook, Waits waits, class Bytes, class Parts,
          class... Args>
[[gnu::always_inline]] inline Arg intercepted(void* function, Args... arguments) {
  static_assert(id < kMpiFunctionCount, "raise kFirstThreadFunction");
  const Arg values[sizeof...(Args) + 1] = {arguments...};
  before_any<hook>(values);
  ThreadState& thread = thread_state;
  void* frame = __builtin_frame_address(0);
  if (nested(thread, frame)) return forward<hook>(function, arguments...);
  if (thread.frame != nullptr) [[unlikely]]
    leave_abandoned_call(thread);
  if constexpr (begins_mpi(hook)) process_begin(thread, BegunBy::kMpi);
  std::uint64_t mark = 0;
  if constexpr (kMarkedBy<id, Parts> >= 0) mark = count_world_call(values[kMarkedBy<id, Parts>]);
  if (!thread.lane.open() && !thread_join(thread)) [[unlikely]]
    return forward<hook>(function, arguments...);
  if constexpr (way == Way::kPlain) {
    return recorded<id, hook, waits, Bytes, Parts>(thread, function, frame, mark, values,
                                                   arguments...);
  } else {
    return recorded_otherwise<id, hook, waits, Bytes, Parts>(thread, function, frame, mark,
                                                             arguments...);
  }
}

/// Not inlined: the wrapper of a plain call would have to save more registers. It is jumped to,
/// with the arguments where they are; the function to call is in `forward_to`.
template <std::uint16_t id, Hook hook, Waits waits, class Bytes, class Parts, class... Args>
[[gnu::noinline]] Arg intercepted_otherwise(Args... arguments) {
  return intercepted<Way::kOther, id, hook, waits, Bytes, Parts>(thread_state.forward_to,
                                                                 arguments...);
}

/// A function's first call, which finds what it forwards to; and its first as a plain one.
template <Name name, std::uint16_t id, Hook hook, Waits waits, class Bytes, class Parts,
          class... Args>
[[gnu::noinline, gnu::cold]] Arg first_call(Args... arguments) {
  void* function = next<name, id>.load(std::memory_order_relaxed);
  if (function == nullptr) {
    function = next_function(thread_state.forward_name);
    next<name, id>.store(function, std::memory_order_relaxed);
  }
  if (plain_calls) next_of_plain<name, id>.store(function, std::memory_order_relaxed);
  thread_state.forward_to = function;
  return intercepted_otherwise<id, hook, waits, Bytes, Parts>(arguments...);
}

/// Not inlined, and jumped to as well: in one function with the choice, the choice would come after
/// the registers are saved, and other calls would save them twice.
template <Name name, std::uint16_t id, Hook hook, Waits waits, class Bytes, class Parts,
          class... Args>
[[gnu::noinline]] Arg intercepted_plain(Args... arguments) {
  void* function = next_of_plain<name, id>.load(std::memory_order_relaxed);
  return intercepted<Way::kPlain, id, hook, waits, Bytes, Parts>(function, arguments...);
}

}  // namespace
}  // namespace joulepath::pmpi

#define JOULEPATH_PARAMETERS_0
#define JOULEPATH_PARAMETERS_1 Arg a0
#define JOULEPATH_PARAMETERS_2 JOULEPATH_PARAMETERS_1, Arg a1
#define JOULEPATH_PARAMETERS_3 JOULEPATH_PARAMETERS_2, Arg a2
#define JOULEPATH_PARAMETERS_4 JOULEPATH_PARAMETERS_3, Arg a3
#define JOULEPATH_PARAMETERS_5 JOULEPATH_PARAMETERS_4, Arg a4
#define JOULEPATH_PARAMETERS_6 JOULEPATH_PARAMETERS_5, Arg a5
#define JOULEPATH_PARAMETERS_7 JOULEPATH_PARAMETERS_6, Arg a6
#define JOULEPATH_PARAMETERS_8 JOULEPATH_PARAMETERS_7, Arg a7
#define JOULEPATH_PARAMETERS_9 JOULEPATH_PARAMETERS_8, Arg a8
#define JOULEPATH_PARAMETERS_10 JOULEPATH_PARAMETERS_9, Arg a9
#define JOULEPATH_PARAMETERS_11 JOULEPATH_PARAMETERS_10, Arg a10
#define JOULEPATH_PARAMETERS_12 JOULEPATH_PARAMETERS_11, Arg a11
#define JOULEPATH_PARAMETERS_13 JOULEPATH_PARAMETERS_12, Arg a12
#define JOULEPATH_PARAMETERS_14 JOULEPATH_PARAMETERS_13, Arg a13
#define JOULEPATH_NAMES_0
#define JOULEPATH_NAMES_1 a0
#define JOULEPATH_NAMES_2 JOULEPATH_NAMES_1, a1
#define JOULEPATH_NAMES_3 JOULEPATH_NAMES_2, a2
#define JOULEPATH_NAMES_4 JOULEPATH_NAMES_3, a3
#define JOULEPATH_NAMES_5 JOULEPATH_NAMES_4, a4
#define JOULEPATH_NAMES_6 JOULEPATH_NAMES_5, a5
#define JOULEPATH_NAMES_7 JOULEPATH_NAMES_6, a6
#define JOULEPATH_NAMES_8 JOULEPATH_NAMES_7, a7
#define JOULEPATH_NAMES_9 JOULEPATH_NAMES_8, a8
#define JOULEPATH_NAMES_10 JOULEPATH_NAMES_9, a9
#define JOULEPATH_NAMES_11 JOULEPATH_NAMES_10, a10
#define JOULEPATH_NAMES_12 JOULEPATH_NAMES_11, a11
#define JOULEPATH_NAMES_13 JOULEPATH_NAMES_12, a12
#define JOULEPATH_NAMES_14 JOULEPATH_NAMES_13, a13
#define JOULEPATH_BARE(...) __VA_ARGS__

#define JOULEPATH_DEFINE(prefix, kind, name, id, arity, hook, waits, bytes, event)               \
  extern "C" [[gnu::visibility("default")]] Arg prefix##name(JOULEPATH_PARAMETERS_##arity) {     \
    if (next_of_plain<Name::kind, id>.load(std::memory_order_relaxed) == nullptr) [[unlikely]] { \
      void* function = next<Name::kind, id>.load(std::memory_order_relaxed);                     \
      if (function == nullptr || plain_calls) [[unlikely]] {                                     \
        thread_state.forward_name = #prefix #name;                                               \
        return first_call<Name::kind, id, Hook::hook, Waits::waits, JOULEPATH_BARE bytes,        \
                          JOULEPATH_BARE event>(JOULEPATH_NAMES_##arity);                        \
      }                                                                                          \
      thread_state.forward_to = function;                                                        \
      return intercepted_otherwise<id, Hook::hook, Waits::waits, JOULEPATH_BARE bytes,           \
                                   JOULEPATH_BARE event>(JOULEPATH_NAMES_##arity);               \
    }                                                                                            \
    return intercepted_plain<Name::kind, id, Hook::hook, Waits::waits, JOULEPATH_BARE bytes,     \
                             JOULEPATH_BARE event>(JOULEPATH_NAMES_##arity);                     \
  }
#define JOULEPATH_WRAP(name, id, arity, hook, waits, bytes, event)         \
  JOULEPATH_DEFINE(MPI_, kMpi, name, id, arity, hook, waits, bytes, event) \
  JOULEPATH_DEFINE(PMPI_, kPmpi, name, id, arity, hook, waits, bytes, event)

// MPI_Pcontrol takes varargs whose types only the next tool knows. Five more argument
// registers are passed on as they came: integers and pointers, as all known users of it
// give (floating-point arguments do not survive).
#define JOULEPATH_BY_HAND(name, id) JOULEPATH_BY_HAND_##name(id)
#define JOULEPATH_BY_HAND_Pcontrol(id)                                                        \
  JOULEPATH_DEFINE(MPI_, kMpi, Pcontrol, id, 6, kPcontrol, kNeverWaits, (NoBytes), (NoParts)) \
  JOULEPATH_DEFINE(PMPI_, kPmpi, Pcontrol, id, 6, kPcontrol, kNeverWaits, (NoBytes), (NoParts))

using namespace joulepath::pmpi;  // NOLINT: the generated list names our types
#include "wrappers.inc"
