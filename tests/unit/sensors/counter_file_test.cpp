// Every way in which reading a number from a sysfs file can fail, and that a failure
// is never a number.
#include "sensors/api/counter_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

// What the fake system calls answer; the table of calls is of plain functions.
struct Answers {
  int open_errno = 0;
  int pread_errno = 0;
  int interruptions = 0;
  int opens = 0;
  std::string text = "1\n";
  std::string identity;
} answers;

bool last_open_was_identity = false;

int fake_open(const char* path) noexcept {
  last_open_was_identity = std::strstr(path, "name") != nullptr;
  if (!last_open_was_identity) ++answers.opens;
  errno = answers.open_errno;
  return answers.open_errno != 0 ? -1 : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

ssize_t fake_pread(int, void* buffer, std::size_t size, off_t offset) noexcept {
  EXPECT_EQ(offset, 0);
  if (answers.interruptions > 0) {
    --answers.interruptions;
    errno = EINTR;
    return -1;
  }
  if (answers.pread_errno != 0) {
    errno = answers.pread_errno;
    return -1;
  }
  const std::string& text = last_open_was_identity ? answers.identity : answers.text;
  last_open_was_identity = false;
  const std::size_t got = std::min(size, text.size());
  std::memcpy(buffer, text.data(), got);
  return static_cast<ssize_t>(got);
}

const FileCalls kFakeCalls{fake_open, fake_pread};

class CounterFileTest : public ::testing::Test {
 protected:
  void SetUp() override { answers = {}; }
  CounterFile file_{{"/x/energy_uj", "", ""}, kFakeCalls};
};

TEST_F(CounterFileTest, ReadsANumber) {
  ASSERT_TRUE(file_.open());
  answers.text = "18446744073709551615\n";
  EXPECT_EQ(file_.read(0).value, ~0ull);
  answers.text = "000123   \n";
  EXPECT_EQ(file_.read(0).value, 123u);
  EXPECT_EQ(file_.read(0).sys_errno, 0);
  EXPECT_EQ(answers.opens, 1);
}

TEST_F(CounterFileTest, TextThatIsNoNumberIsAFailure) {
  ASSERT_TRUE(file_.open());
  for (const char* text : {"", "\n", "garbage\n", "-5\n", "+5\n", "12 34\n", "12.5\n", "0x12\n",
                           "18446744073709551616\n", "nan\n"}) {
    answers.text = text;
    const auto read = file_.read(0);
    EXPECT_EQ(read.sys_errno, EBADMSG) << text;
    EXPECT_EQ(read.value, 0u) << text;
  }
  answers.text = std::string(64, ' ');
  answers.text[0] = '7';  // fills the buffer: more may follow
  EXPECT_EQ(file_.read(0).sys_errno, EBADMSG);
}

TEST_F(CounterFileTest, ReadsALineAsItStands) {
  ASSERT_TRUE(file_.open());
  CounterFile::Text buffer;
  answers.text = "17 J 1732478073000000 us\n";
  EXPECT_EQ(file_.read_text(0, buffer).text, answers.text);
  answers.text = std::string(buffer.size(), 'x');  // more may follow
  EXPECT_EQ(file_.read_text(0, buffer).sys_errno, EBADMSG);
  answers.pread_errno = EIO;
  EXPECT_EQ(file_.read_text(0, buffer).sys_errno, EIO);
}

TEST_F(CounterFileTest, ErrorsOfTheSystemAreHandedOnAndPass) {
  ASSERT_TRUE(file_.open());
  for (const int error : {EACCES, EAGAIN, EIO, EPERM, EBUSY}) {
    answers.pread_errno = error;
    EXPECT_EQ(file_.read(0).sys_errno, error);
    answers.pread_errno = 0;
    EXPECT_EQ(file_.read(0).sys_errno, 0);
  }
  EXPECT_EQ(answers.opens, 1) << "these keep the descriptor";
}

TEST_F(CounterFileTest, InterruptedCallsAreMadeAgain) {
  ASSERT_TRUE(file_.open());
  answers.interruptions = 3;
  EXPECT_EQ(file_.read(0).value, 1u);
}

TEST_F(CounterFileTest, AVanishedFileIsLookedForOnceASecondAndResumes) {
  ASSERT_TRUE(file_.open());
  answers.pread_errno = ENODEV;
  EXPECT_EQ(file_.read(0).sys_errno, ENODEV);
  answers.pread_errno = 0;
  answers.open_errno = ENOENT;
  for (std::int64_t t = 10 * kMs; t <= 3 * kSecond; t += 10 * kMs)
    EXPECT_EQ(file_.read(t).sys_errno, ENOENT);
  EXPECT_EQ(answers.opens, 1 + 3);
  answers.open_errno = 0;
  answers.text = "42\n";
  EXPECT_EQ(file_.read(4 * kSecond + 10 * kMs).value, 42u);
  EXPECT_EQ(file_.read(4 * kSecond + 20 * kMs).value, 42u);
  EXPECT_EQ(answers.opens, 1 + 4);
}

TEST_F(CounterFileTest, AnotherDeviceAtTheSamePathIsNotTaken) {
  CounterFile file({"/x/energy_uj", "/x/name", "package-0"}, kFakeCalls);
  ASSERT_TRUE(file.open());
  answers.pread_errno = ENODEV;
  EXPECT_EQ(file.read(0).sys_errno, ENODEV);
  answers.pread_errno = 0;
  answers.identity = "package-1\n";
  EXPECT_EQ(file.read(kSecond).sys_errno, ENODEV);
  answers.identity = "package-0\n";
  EXPECT_EQ(file.read(3 * kSecond).sys_errno, 0);
}

TEST_F(CounterFileTest, OpenSaysWhyNot) {
  answers.open_errno = EACCES;
  const auto opened = file_.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::kPermission);
  EXPECT_EQ(opened.error().sys_errno, EACCES);
  EXPECT_EQ(opened.error().where, "/x/energy_uj");
}

TEST(CounterFileOnDisk, SeesTheFileChangeThroughOneDescriptor) {
  const Tree tree;
  tree.write("number", "5\n");
  CounterFile file({tree.at("number").string(), "", ""});
  ASSERT_TRUE(file.open());
  EXPECT_EQ(file.read(0).value, 5u);
  tree.write("number", "6\n");
  EXPECT_EQ(file.read(0).value, 6u);
}

}  // namespace
}  // namespace joulepath::sensors
