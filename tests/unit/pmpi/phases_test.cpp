// Phases of a recorded thread, in a channel that is plain memory.
#include "pmpi/src/phases.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <barrier>
#include <string>
#include <thread>
#include <vector>

#include "pmpi/src/process.hpp"
#include "pmpi/src/thread_state.hpp"

namespace joulepath::pmpi {
namespace {

record::Channel* test_channel = nullptr;
constexpr std::uint16_t kSend = 450;

template <class T>
T* mapped() {
  void* room = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return room == MAP_FAILED ? nullptr : static_cast<T*>(room);
}

class Phases : public ::testing::Test {
 protected:
  Phases() {
    test_channel = channel_ = mapped<record::Channel>();
    channel_->header.phase_count.store(1);
    record::Lane& lane = channel_->lanes[0];
    lane.cells[record::kOverflowCell].function = record::kOverflowFunction;
    lane.header.cell_count.store(2);
    thread_.tables = mapped<ThreadTables>();
    thread_.map = thread_.tables->cells[0];
    began_ = now_ticks();
    thread_.lane.start(&lane, record::kComputeCell, began_);
  }
  ~Phases() override {
    ::munmap(thread_.tables, sizeof(ThreadTables));
    ::munmap(channel_, sizeof(record::Channel));
    test_channel = nullptr;
  }

  void begin(const char* name) { begin_phase(thread_, name, __builtin_frame_address(0)); }
  void end() { end_phase(thread_, __builtin_frame_address(0)); }
  [[nodiscard]] const record::Lane& lane() const { return channel_->lanes[0]; }

  [[nodiscard]] std::string path(std::uint32_t phase) const {
    if (phase == 0) return "";
    const record::PhaseName& entry = channel_->phases[phase];
    const std::string outer = path(entry.parent);
    return outer.empty() ? entry.name : outer + "/" + entry.name;
  }
  /// Where time passes now.
  [[nodiscard]] std::string here() const { return path(lane().cells[lane().header.current].phase); }
  [[nodiscard]] bool computing() const {
    return lane().cells[lane().header.current].function == record::kComputeFunction;
  }
  /// How often the phase was begun; -1: there is none.
  [[nodiscard]] int begun(const std::string& name) const {
    for (std::uint32_t cell = 0; cell < lane().header.cell_count; ++cell)
      if (lane().cells[cell].function == record::kComputeFunction &&
          path(lane().cells[cell].phase) == name)
        return static_cast<int>(lane().cells[cell].calls);
    return -1;
  }
  [[nodiscard]] unsigned dropped() const { return channel_->header.phases_dropped; }
  [[nodiscard]] unsigned known() const { return channel_->header.phase_count - 1; }

  record::Channel* channel_;
  ThreadState thread_;
  std::uint64_t began_;
};

TEST_F(Phases, RangesWithMarksEndInAnyOrder) {
  constexpr Mark kA = 7, kB = 8;
  begin_phase(thread_, "A", __builtin_frame_address(0), kA);
  begin_phase(thread_, "B", __builtin_frame_address(0), kB);
  EXPECT_EQ(here(), "A/B");
  end_phase(thread_, __builtin_frame_address(0), kA);
  EXPECT_EQ(here(), "B") << "it goes on, outside of A";
  EXPECT_EQ(begun("B"), 0) << "but was not begun again";
  begin("C");
  EXPECT_EQ(here(), "B/C");
  end_phase(thread_, __builtin_frame_address(0), kB);
  EXPECT_EQ(here(), "C");
  end();
  EXPECT_EQ(here(), "");
  EXPECT_EQ(dropped(), 0u);
  end_phase(thread_, __builtin_frame_address(0), kA);
  EXPECT_EQ(dropped(), 1u) << "an end without a begin";
}

TEST_F(Phases, ThePopOfAnotherStackLeavesARangeAlone) {
  constexpr Mark kDomain = 9;
  begin_phase(thread_, "ours", __builtin_frame_address(0), kDomain);
  begin("plain");
  begin_phase(thread_, "inner", __builtin_frame_address(0), kDomain);
  end();
  EXPECT_EQ(here(), "ours/inner");
  end_phase(thread_, __builtin_frame_address(0), kDomain);
  EXPECT_EQ(here(), "ours");
  end_phase(thread_, __builtin_frame_address(0), kDomain);
  EXPECT_EQ(here(), "");
  EXPECT_EQ(dropped(), 0u);
}

TEST_F(Phases, AWorkerInheritsAPhaseAndBeginsItsOwnInIt) {
  begin("solve");
  const std::uint16_t solve = thread_.phase;
  end();
  inherit_phase(thread_, solve, __builtin_frame_address(0));
  EXPECT_EQ(here(), "solve");
  EXPECT_EQ(begun("solve"), 1) << "inherited, not begun";
  begin("own");
  EXPECT_EQ(here(), "solve/own");
  end();
  EXPECT_EQ(here(), "solve");
  inherit_phase(thread_, 0, __builtin_frame_address(0));
  EXPECT_EQ(here(), "");
}

TEST_F(Phases, NestAndCount) {
  EXPECT_EQ(here(), "");
  for (int i = 0; i < 3; ++i) {
    begin("solve");
    EXPECT_EQ(here(), "solve");
    begin("exchange");
    EXPECT_EQ(here(), "solve/exchange");
    end();
    EXPECT_EQ(here(), "solve");
    end();
    EXPECT_EQ(here(), "");
  }
  begin("exchange");
  EXPECT_EQ(here(), "exchange");
  end();
  EXPECT_EQ(known(), 3u);
  EXPECT_EQ(begun("solve"), 3);
  EXPECT_EQ(begun("solve/exchange"), 3);
  EXPECT_EQ(begun("exchange"), 1);
  EXPECT_EQ(begun(""), 0);
  EXPECT_EQ(dropped(), 0u);
}

TEST_F(Phases, AreToldApartByTextNotByAddress) {
  char first[16] = "one", second[16] = "one";
  begin(first);
  end();
  begin(second);
  end();
  EXPECT_EQ(known(), 1u);
  EXPECT_EQ(begun("one"), 2);
  first[2] = 'x';  // the same address, another text
  begin(first);
  EXPECT_EQ(here(), "onx");
  end();
  first[2] = '\0';  // and one that is the beginning of a known text
  begin(first);
  EXPECT_EQ(here(), "on");
  end();
  EXPECT_EQ(known(), 3u);
}

TEST_F(Phases, NamesAreCutBetweenCharacters) {
  const std::string fits(59, 'a'), longer(60, 'a');
  const std::string umlaut = std::string(58, 'b') + "\xc3\xa4";
  for (const std::string* name : {&fits, &longer, &umlaut}) {
    begin(name->c_str());
    end();
    begin(name->c_str());
    end();
  }
  EXPECT_EQ(begun(fits), 4);  // 60 a's are cut to 59
  EXPECT_EQ(begun(std::string(58, 'b')), 2);
  EXPECT_EQ(known(), 2u);
  begin(nullptr);
  EXPECT_EQ(here(), "(unnamed)");
}

TEST_F(Phases, UnbalancedEndsChangeNothing) {
  end();
  EXPECT_EQ(dropped(), 1u);
  begin("solve");
  end();
  end();
  EXPECT_EQ(dropped(), 2u);
  EXPECT_EQ(here(), "");
}

TEST_F(Phases, TooDeepStaysInTheInnermostKept) {
  for (int depth = 0; depth < 70; ++depth) begin("d");
  const std::string deepest = here();
  EXPECT_EQ(deepest.size(), 2 * OpenPhases::kMostOpen - 1);
  EXPECT_EQ(dropped(), 6u);
  for (int depth = 0; depth < 6; ++depth) end();
  EXPECT_EQ(here(), deepest);
  for (int depth = 0; depth < 63; ++depth) end();
  EXPECT_EQ(here(), "d");
  end();
  EXPECT_EQ(here(), "");
  EXPECT_EQ(dropped(), 6u);
}

TEST_F(Phases, TooManyStayInThePhaseAround) {
  for (int i = 0; i < 254; ++i) {
    begin(("phase " + std::to_string(i)).c_str());
    end();
  }
  begin("around");  // the last that fits
  EXPECT_EQ(known(), 255u);
  begin("one more");
  EXPECT_EQ(here(), "around");
  EXPECT_EQ(dropped(), 1u);
  begin("phase 3");  // known, but not in here
  EXPECT_EQ(here(), "around");
  end();
  end();
  EXPECT_EQ(here(), "around");
  end();
  EXPECT_EQ(here(), "");
  begin("phase 3");
  EXPECT_EQ(here(), "phase 3");
  end();
  EXPECT_EQ(begun("phase 3"), 2);
  EXPECT_EQ(begun("around"), 1);
  EXPECT_EQ(dropped(), 2u);
}

TEST_F(Phases, WithoutACellTimeStaysInThePhaseAround) {
  begin("around");
  begin("known");
  end();
  while (channel_->lanes[0].header.cell_count < record::kCellCapacity)
    thread_.lane.new_cell(0, 600);
  begin("no cell");
  EXPECT_EQ(here(), "around");
  EXPECT_EQ(dropped(), 1u);
  begin("known");  // in what is around, as the one between could not be kept
  EXPECT_EQ(here(), "around/known");
  end();
  EXPECT_EQ(here(), "around");
  end();
  EXPECT_EQ(here(), "around");
  end();
  EXPECT_EQ(here(), "");
}

TEST_F(Phases, InACallTheyHoldWhenItIsOver) {
  char* below = static_cast<char*>(__builtin_frame_address(0)) + 4096;  // an outer frame
  enter_call(thread_, kSend, below, &now_ticks);
  EXPECT_FALSE(computing());
  begin("later");
  EXPECT_FALSE(computing());
  EXPECT_EQ(here(), "");
  begin("and gone");
  end();
  EXPECT_FALSE(computing());
  leave_call(thread_, thread_.lane.cell_now(), &now_ticks);
  EXPECT_TRUE(computing());
  EXPECT_EQ(here(), "later");
  EXPECT_EQ(begun("later"), 1);
  enter_call(thread_, kSend, below, &now_ticks);
  EXPECT_EQ(here(), "later");  // the call has a cell of its own in this phase
  leave_call(thread_, thread_.lane.cell_now(), &now_ticks);
}

TEST_F(Phases, ACallLeftByLongjmpIsOver) {
  char* above = static_cast<char*>(__builtin_frame_address(0)) - 4096;  // no longer there
  enter_call(thread_, kSend, above, &now_ticks);
  const std::uint32_t cell = lane().header.current;
  begin("after");
  EXPECT_TRUE(computing());
  EXPECT_EQ(here(), "after");
  EXPECT_EQ(lane().cells[cell].calls, 1u);
  EXPECT_EQ(thread_.frame, nullptr);
}

TEST_F(Phases, PauseHidesWhatBeginsMeanwhile) {
  begin("around");
  pause_phases(thread_);
  pause_phases(thread_);
  EXPECT_EQ(here(), "(paused)");
  begin("unseen");
  EXPECT_EQ(here(), "(paused)");
  end();
  begin("open at the end");
  resume_phases(thread_);
  resume_phases(thread_);
  EXPECT_EQ(here(), "around/open at the end");
  end();
  EXPECT_EQ(here(), "around");
  end();
  EXPECT_EQ(begun("(paused)"), 1);
  EXPECT_EQ(begun("around/open at the end"), 0);
  EXPECT_EQ(dropped(), 0u);
}

TEST_F(Phases, AllTimeIsInSomeCell) {
  for (int i = 0; i < 100; ++i) {
    begin(i % 2 == 0 ? "even" : "odd");
    begin("inner");
    end();
    if (i % 10 == 0) pause_phases(thread_);
    if (i % 10 == 5) resume_phases(thread_);
    end();
  }
  std::uint64_t sum = 0;
  for (std::uint32_t cell = 0; cell < lane().header.cell_count; ++cell)
    sum += lane().cells[cell].ticks;
  EXPECT_EQ(sum, lane().header.mark - began_);
}

TEST_F(Phases, ThreadsAgreeOnThem) {
  constexpr int kThreads = 8, kNames = 200;
  std::vector<std::vector<std::uint16_t>> found(kThreads);
  std::barrier together(kThreads);  // all begin each new phase at the same moment
  std::vector<std::thread> threads;
  for (auto& own : found)
    threads.emplace_back([this, &own, &together] {
      for (int i = 0; i < kNames; ++i) {
        together.arrive_and_wait();
        own.push_back(find_phase(*channel_, 0, ("phase " + std::to_string(i)).c_str()));
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(known(), static_cast<unsigned>(kNames));
  for (const auto& own : found)
    for (std::size_t i = 0; i < own.size(); ++i)
      EXPECT_EQ(path(own[i]), "phase " + std::to_string(i));
}

}  // namespace

record::Channel* recorded_channel() noexcept {
  return test_channel;
}

}  // namespace joulepath::pmpi
