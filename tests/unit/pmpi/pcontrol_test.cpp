// Labels of MPI_Pcontrol: read where they can be, and never a crash where they cannot.
#include "pmpi/src/pcontrol.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace joulepath::pmpi {
namespace {

template <class T>
Arg address(const T* pointer) {
  return reinterpret_cast<Arg>(pointer);
}

TEST(ReadLabel, TakesATextAsItIs) {
  char label[64];
  ASSERT_TRUE(read_label(address("solve \xc3\xa4"), label, sizeof label));
  EXPECT_STREQ(label, "solve \xc3\xa4");
}

TEST(ReadLabel, RefusesWhatIsNoText) {
  char label[16];
  EXPECT_FALSE(read_label(address(""), label, sizeof label));
  EXPECT_FALSE(read_label(address("a\x01"), label, sizeof label));
  EXPECT_FALSE(read_label(address("line\n"), label, sizeof label));
  EXPECT_FALSE(read_label(address("no end within sixteen bytes"), label, sizeof label));
  EXPECT_TRUE(read_label(address("fifteen bytes.."), label, sizeof label));
}

TEST(ReadLabel, SurvivesAnyAddress) {
  char label[64];
  errno = 42;
  for (const Arg bad : {Arg{0}, Arg{1}, Arg{8}, Arg{-1}, Arg{-16}, Arg{0x7ffffffff000},
                        static_cast<Arg>(0x8000000000000000u)})
    EXPECT_FALSE(read_label(bad, label, sizeof label)) << bad;
  EXPECT_EQ(errno, 42);
}

TEST(ReadLabel, StopsAtThePageThatIsNotThere) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* mapped =
      ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  char* pages = static_cast<char*>(mapped);
  ASSERT_EQ(::mprotect(pages + page, page, PROT_NONE), 0);
  char label[64];
  std::memcpy(pages + page - 6, "solve", 6);  // the last bytes that can be read
  EXPECT_TRUE(read_label(address(pages + page - 6), label, sizeof label));
  EXPECT_STREQ(label, "solve");
  pages[page - 1] = 'd';  // its end would lie beyond
  EXPECT_FALSE(read_label(address(pages + page - 6), label, sizeof label));
  ASSERT_EQ(::mprotect(pages + page, page, PROT_READ | PROT_WRITE), 0);
  EXPECT_TRUE(read_label(address(pages + page - 6), label, sizeof label));
  EXPECT_STREQ(label, "solved");
  ::munmap(mapped, 2 * page);
}

}  // namespace
}  // namespace joulepath::pmpi
