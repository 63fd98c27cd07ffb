#include "pmpi/src/openmp_tool.hpp"

#include <dlfcn.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "pmpi/src/annotations.hpp"
#include "pmpi/src/ompt_abi.hpp"
#include "pmpi/src/process.hpp"
#include "pmpi/src/thread_state.hpp"

namespace joulepath::pmpi {
namespace {

using record::ThreadFunction;

struct OpenMpThread {
  OpenMpPlace place;
  std::uint32_t regions;  ///< it works in, one inside the other
  bool worker;            ///< the runtime made it
};

constinit thread_local OpenMpThread openmp_thread [[gnu::tls_model("initial-exec")]]{};

/// What a callback needs of the calling thread; false where nothing is recorded.
class Here {
 public:
  explicit Here(void* frame) noexcept
      : thread(thread_state), openmp(openmp_thread), frame_(frame) {}

  [[nodiscard]] bool recorded() noexcept {
    if (thread.lane.open()) [[likely]]
      return true;
    if (recorded_channel() == nullptr || thread.refused) return false;
    const int kept = errno;
    const bool joined = thread_join(thread);
    errno = kept;
    if (joined) openmp.place.clear();
    return joined;
  }
  [[nodiscard]] std::uint32_t cell_of(ThreadFunction function) noexcept {
    const std::uint16_t id = function_id(function);
    const std::uint32_t cell = thread.map[id];
    return cell != 0 ? cell : first_use_of_cell(thread, id);
  }
  /// Time passes in `cell` from now on. Within an MPI call it goes on passing in that.
  void go_to(std::uint32_t cell) noexcept {
    if (nested(thread, frame_)) return;
    if (thread.frame != nullptr) [[unlikely]]
      leave_abandoned_call(thread);
    thread.lane.move_to(cell, &now_ticks);
  }
  /// Where it was before a wait or a task began.
  void go_back() noexcept {
    const std::uint32_t wait = openmp.place.innermost();
    go_to(wait == OpenMpPlace::kTask ? thread.compute_cell : wait);
  }
  void begin_wait(ThreadFunction function) noexcept {
    const std::uint32_t cell = cell_of(function);
    openmp.place.push(cell);
    thread.lane.count(cell, 0);
    go_to(cell);
  }
  void end_wait() noexcept {
    openmp.place.end_wait();
    go_back();
  }
  void inherit(std::uint16_t phase) noexcept { inherit_phase(thread, phase, frame_); }

  ThreadState& thread;
  OpenMpThread& openmp;

 private:
  void* frame_;
};

void on_thread_begin(int type, ompt::Data*) {
  openmp_thread = {};
  openmp_thread.worker = type == ompt::kWorker;
}

void on_parallel_begin(ompt::Data*, const void*, ompt::Data* region, unsigned, int, const void*) {
  region->value = 0;
  Here here(__builtin_frame_address(0));
  if (!here.recorded()) return;
  region->value = here.thread.phase;
  const std::uint32_t cell = here.cell_of(ThreadFunction::kParallel);
  here.thread.lane.count(cell, 0);
  here.go_to(cell);
}

void on_parallel_end(ompt::Data*, ompt::Data*, int, const void*) {
  Here here(__builtin_frame_address(0));
  if (here.recorded()) here.go_back();
}

void on_implicit_task(int endpoint, ompt::Data* region, ompt::Data*, unsigned, unsigned,
                      int flags) {
  if ((flags & ompt::kInitialTask) != 0) return;
  Here here(__builtin_frame_address(0));
  OpenMpThread& openmp = here.openmp;
  const bool recorded = here.recorded();
  if (endpoint == ompt::kBegin) {
    ++openmp.regions;
    if (!recorded) return;
    if (openmp.worker && openmp.regions == 1 && region != nullptr) {
      openmp.place.clear();
      here.inherit(static_cast<std::uint16_t>(region->value));
    } else {
      here.go_to(here.thread.compute_cell);
    }
    return;
  }
  if (openmp.regions > 0) --openmp.regions;
  if (!recorded) return;
  if (openmp.worker && openmp.regions == 0) {
    openmp.place.clear();
    here.inherit(0);
    const std::uint32_t cell = here.cell_of(ThreadFunction::kIdle);
    here.thread.lane.count(cell, 0);
    here.go_to(cell);
  } else {
    here.go_to(here.cell_of(ThreadFunction::kParallel));
  }
}

ThreadFunction wait_of_region(int kind) noexcept {
  if (kind == ompt::kTaskwait) return ThreadFunction::kTaskwait;
  if (kind == ompt::kTaskgroup) return ThreadFunction::kTaskgroup;
  return ThreadFunction::kBarrier;
}

void on_sync_region_wait(int kind, int endpoint, ompt::Data*, ompt::Data*, const void*) {
  if (kind == ompt::kReduction) return;
  Here here(__builtin_frame_address(0));
  if (!here.recorded()) return;
  if (endpoint == ompt::kBegin) here.begin_wait(wait_of_region(kind));
  if (endpoint == ompt::kEnd) here.end_wait();
}

// Which task comes next is of no use: LLVM 14 names it by the address of a copy. Whether one
// began or ended inside of what the thread did before is what counts.
void on_task_schedule(ompt::Data*, int status, ompt::Data*) {
  Here here(__builtin_frame_address(0));
  if (!here.recorded()) return;
  switch (status) {
    case ompt::kTaskSwitch:
    case ompt::kTaskYield:
      here.openmp.place.push(OpenMpPlace::kTask);
      here.go_to(here.thread.compute_cell);
      break;
    case ompt::kTaskComplete:
    case ompt::kTaskCancel:
    case ompt::kTaskDetach:
      here.openmp.place.end_task();
      here.go_back();
      break;
    default: break;
  }
}

/// LLVM 14 reports the test of a lock as its acquisition, and the end of it only if it succeeds.
/// Which function of the runtime calls us tells the two apart; there are a few such places.
bool from_test(const void* caller) noexcept {
  // One word each, so that threads which find them at once do no harm: no address of a program
  // has the highest bit.
  constexpr std::uintptr_t kTest = std::uintptr_t{1} << 63;
  static std::atomic<std::uintptr_t> known[8];
  const auto address = reinterpret_cast<std::uintptr_t>(caller);
  for (auto& place : known) {
    const std::uintptr_t seen = place.load(std::memory_order_relaxed);
    if ((seen & ~kTest) == address) return (seen & kTest) != 0;
    if (seen != 0) continue;
    Dl_info info{};
    const bool test = ::dladdr(caller, &info) != 0 && info.dli_sname != nullptr &&
                      std::strstr(info.dli_sname, "test") != nullptr;
    place.store(address | (test ? kTest : 0), std::memory_order_relaxed);
    return test;
  }
  return false;
}

bool is_wait(int kind, const void* caller) noexcept {
  if (kind == ompt::kTestLock || kind == ompt::kTestNestLock) return false;
  if (kind != ompt::kLock && kind != ompt::kNestLock) return true;
  return !from_test(caller);
}

ThreadFunction wait_of_mutex(int kind) noexcept {
  if (kind == ompt::kLock || kind == ompt::kNestLock) return ThreadFunction::kLock;
  return kind == ompt::kCritical ? ThreadFunction::kCritical : ThreadFunction::kOrdered;
}

void on_mutex_acquire(int kind, unsigned, unsigned, std::uint64_t, const void*) {
  if (!is_wait(kind, __builtin_return_address(0))) return;
  Here here(__builtin_frame_address(0));
  if (here.recorded()) here.begin_wait(wait_of_mutex(kind));
}

void on_mutex_acquired(int kind, std::uint64_t, const void*) {
  if (!is_wait(kind, __builtin_return_address(0))) return;
  Here here(__builtin_frame_address(0));
  if (here.recorded()) here.end_wait();
}

template <class Function>
ompt::Callback callback(Function* function) noexcept {
  return reinterpret_cast<ompt::Callback>(function);
}

int initialize(ompt::Lookup lookup, int, ompt::Data*) {
  const auto set = reinterpret_cast<ompt::SetCallback>(lookup("ompt_set_callback"));
  if (set == nullptr) return 0;
  set(ompt::kThreadBegin, callback(&on_thread_begin));
  set(ompt::kParallelBegin, callback(&on_parallel_begin));
  set(ompt::kParallelEnd, callback(&on_parallel_end));
  set(ompt::kImplicitTask, callback(&on_implicit_task));
  set(ompt::kSyncRegionWait, callback(&on_sync_region_wait));
  set(ompt::kTaskSchedule, callback(&on_task_schedule));
  set(ompt::kMutexAcquire, callback(&on_mutex_acquire));
  set(ompt::kMutexAcquired, callback(&on_mutex_acquired));
  return 1;
}

void finalize(ompt::Data*) {}

ompt::StartResult our_tool{&initialize, &finalize, {0}};

/// The user named a tool for the runtime to load, or the runtime will load one by itself:
/// LLVM's Archer, without which ThreadSanitizer takes what OpenMP synchronises for races.
bool another_is_asked_for() noexcept {
  const char* libraries = std::getenv("OMP_TOOL_LIBRARIES");
  return (libraries != nullptr && *libraries != '\0') ||
         ::dlsym(RTLD_DEFAULT, "__tsan_init") != nullptr;
}

}  // namespace
}  // namespace joulepath::pmpi

/// The runtime calls the first definition in the search order. A tool behind us, and the
/// runtime's own definition, which looks for further ones, are asked first: theirs is used.
extern "C" [[gnu::visibility("default")]] joulepath::pmpi::ompt::StartResult* ompt_start_tool(
    unsigned omp_version, const char* runtime_version) {
  using namespace joulepath::pmpi;
  using Start = ompt::StartResult* (*)(unsigned, const char*);
  if (const auto next = reinterpret_cast<Start>(::dlsym(RTLD_NEXT, "ompt_start_tool")))
    if (ompt::StartResult* other = next(omp_version, runtime_version)) return other;
  if (!listens_to(Annotation::kOpenMp) || another_is_asked_for()) return nullptr;
  return &our_tool;
}
