// A writer killed before, and in the middle of, each single write of a flush: what is in the file
// then are whole ticks, all that was flushed before among them.
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/trace/example_trace.hpp"

namespace {

int writes_left = -1;  ///< until this process kills itself; negative: it does not
bool torn = false;     ///< in the last one, between two pages of memory, as the kernel would

}  // namespace

/// Instead of the system's, for HDF5 too.
extern "C" ssize_t pwrite(int file, const void* bytes, std::size_t count, off_t offset) {
  constexpr std::size_t kPage = 4096;
  if (writes_left == 0) {
    const std::size_t to_page = kPage - static_cast<std::size_t>(offset) % kPage;
    if (torn && count > to_page) ::syscall(SYS_pwrite64, file, bytes, to_page, offset);
    ::raise(SIGKILL);
  }
  if (writes_left > 0) --writes_left;
  return ::syscall(SYS_pwrite64, file, bytes, count, offset);
}

namespace joulepath::trace::testing {
namespace {

constexpr std::uint32_t kBefore = 100, kMore = 300;

class KilledInWrite : public TraceTest {
 protected:
  /// False when the flush had fewer writes.
  bool killed_after(int writes, bool in_the_middle, const std::filesystem::path& path) {
    const pid_t child = ::fork();
    if (child == 0) {
      NodeWriter writer = create(path);
      add_entities(writer, {"setup", "solve"});
      add_ticks(writer, 0, kBefore);
      if (!writer.flush().ok()) ::_exit(2);
      add_ticks(writer, kBefore, kMore);
      torn = in_the_middle;
      writes_left = writes;
      const bool flushed = writer.flush().ok();
      ::_exit(flushed ? 0 : 3);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << status;
    return WIFSIGNALED(status);
  }
};

TEST_F(KilledInWrite, LeavesWholeTicks) {
  const auto want = read_all(whole("whole.h5", kBefore + kMore));
  ASSERT_TRUE(want.ok());
  for (const bool in_the_middle : {false, true}) {
    int writes = 0;
    bool killed = true;
    for (; killed; ++writes) {
      const auto path = file("killed.h5");
      std::filesystem::remove(path);
      killed = killed_after(writes, in_the_middle, path);
      const auto got = read_all(path);
      ASSERT_TRUE(got.ok()) << writes << " writes: " << got.error().message();
      const std::size_t ticks = got->rows.ticks.size();
      ASSERT_GE(ticks, kBefore) << writes << " writes";
      ASSERT_LE(ticks, kBefore + kMore) << writes << " writes";
      EXPECT_TRUE(same_blocks(got->rows, first_ticks(want->rows, ticks))) << writes << " writes";
      EXPECT_EQ(got->node.sensors.size(), 2u) << writes << " writes";
      EXPECT_TRUE(killed || ticks == kBefore + kMore) << ticks;
    }
    EXPECT_GT(writes, 30) << "the flush was not seen";
  }
}

}  // namespace
}  // namespace joulepath::trace::testing
