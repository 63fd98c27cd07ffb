// Our own types of OMPT are those of an installed runtime's header.
#include "pmpi/src/ompt_abi.hpp"

#include <gtest/gtest.h>
#include <omp-tools.h>

namespace joulepath::pmpi::ompt {
namespace {

TEST(OmptAbi, NumbersAreThoseOfTheHeader) {
  EXPECT_EQ(kThreadBegin, static_cast<int>(ompt_callback_thread_begin));
  EXPECT_EQ(kThreadEnd, static_cast<int>(ompt_callback_thread_end));
  EXPECT_EQ(kParallelBegin, static_cast<int>(ompt_callback_parallel_begin));
  EXPECT_EQ(kParallelEnd, static_cast<int>(ompt_callback_parallel_end));
  EXPECT_EQ(kTaskSchedule, static_cast<int>(ompt_callback_task_schedule));
  EXPECT_EQ(kImplicitTask, static_cast<int>(ompt_callback_implicit_task));
  EXPECT_EQ(kSyncRegionWait, static_cast<int>(ompt_callback_sync_region_wait));
  EXPECT_EQ(kMutexAcquire, static_cast<int>(ompt_callback_mutex_acquire));
  EXPECT_EQ(kMutexAcquired, static_cast<int>(ompt_callback_mutex_acquired));
  EXPECT_EQ(kWorker, static_cast<int>(ompt_thread_worker));
  EXPECT_EQ(kBegin, static_cast<int>(ompt_scope_begin));
  EXPECT_EQ(kEnd, static_cast<int>(ompt_scope_end));
  EXPECT_EQ(kInitialTask, static_cast<int>(ompt_task_initial));
  EXPECT_EQ(kTaskwait, static_cast<int>(ompt_sync_region_taskwait));
  EXPECT_EQ(kTaskgroup, static_cast<int>(ompt_sync_region_taskgroup));
  EXPECT_EQ(kReduction, static_cast<int>(ompt_sync_region_reduction));
  EXPECT_EQ(kLock, static_cast<int>(ompt_mutex_lock));
  EXPECT_EQ(kTestLock, static_cast<int>(ompt_mutex_test_lock));
  EXPECT_EQ(kNestLock, static_cast<int>(ompt_mutex_nest_lock));
  EXPECT_EQ(kTestNestLock, static_cast<int>(ompt_mutex_test_nest_lock));
  EXPECT_EQ(kCritical, static_cast<int>(ompt_mutex_critical));
  EXPECT_EQ(kTaskComplete, static_cast<int>(ompt_task_complete));
  EXPECT_EQ(kTaskYield, static_cast<int>(ompt_task_yield));
  EXPECT_EQ(kTaskCancel, static_cast<int>(ompt_task_cancel));
  EXPECT_EQ(kTaskDetach, static_cast<int>(ompt_task_detach));
  EXPECT_EQ(kTaskSwitch, static_cast<int>(ompt_task_switch));
}

TEST(OmptAbi, StructsAreThoseOfTheHeader) {
  EXPECT_EQ(sizeof(Data), sizeof(ompt_data_t));
  EXPECT_EQ(sizeof(StartResult), sizeof(ompt_start_tool_result_t));
  EXPECT_EQ(offsetof(StartResult, finalize), offsetof(ompt_start_tool_result_t, finalize));
  EXPECT_EQ(offsetof(StartResult, tool), offsetof(ompt_start_tool_result_t, tool_data));
  EXPECT_EQ(sizeof(int), sizeof(ompt_scope_endpoint_t));
  EXPECT_EQ(sizeof(std::uint64_t), sizeof(ompt_wait_id_t));
}

}  // namespace
}  // namespace joulepath::pmpi::ompt
