// The part of the OpenMP tools interface (OMPT) that we use, as types of our own: the runtime
// calls a tool in its process, so the numbers and structs below are its ABI. From the OpenMP API
// Specification 5.1, section 4 "OMPT Interface" (4.4 data types, 4.5 callbacks) and appendix A;
// a test holds them against the omp-tools.h of an installed LLVM. Nothing here needs a runtime.
#pragma once

#include <cstdint>

namespace joulepath::pmpi::ompt {

/// ompt_data_t: a word of the tool's, for each thread, region and task.
union Data {
  std::uint64_t value;
  void* pointer;
};

/// ompt_callbacks_t.
enum Event : int {
  kThreadBegin = 1,
  kThreadEnd = 2,
  kParallelBegin = 3,
  kParallelEnd = 4,
  kTaskSchedule = 6,
  kImplicitTask = 7,
  kSyncRegionWait = 16,
  kMutexAcquire = 26,
  kMutexAcquired = 27,
};

/// ompt_thread_t.
inline constexpr int kWorker = 2;
/// ompt_scope_endpoint_t.
inline constexpr int kBegin = 1;
inline constexpr int kEnd = 2;
/// ompt_task_flag_t.
inline constexpr int kInitialTask = 0x1;
/// ompt_sync_region_t; all others are barriers, but for kReduction.
inline constexpr int kTaskwait = 5;
inline constexpr int kTaskgroup = 6;
inline constexpr int kReduction = 7;
/// ompt_mutex_t; the tests of a lock do not wait.
inline constexpr int kLock = 1;
inline constexpr int kTestLock = 2;
inline constexpr int kNestLock = 3;
inline constexpr int kTestNestLock = 4;
inline constexpr int kCritical = 5;
/// ompt_task_status_t: how the task before left the thread.
inline constexpr int kTaskComplete = 1;
inline constexpr int kTaskYield = 2;
inline constexpr int kTaskCancel = 3;
inline constexpr int kTaskDetach = 4;
inline constexpr int kTaskSwitch = 7;

using Callback = void (*)();
using Lookup = Callback (*)(const char* name);
using SetCallback = int (*)(int event, Callback callback);

/// ompt_start_tool_result_t.
struct StartResult {
  int (*initialize)(Lookup lookup, int initial_device, Data* tool);  ///< 0: it gives up
  void (*finalize)(Data* tool);
  Data tool;
};

}  // namespace joulepath::pmpi::ompt
