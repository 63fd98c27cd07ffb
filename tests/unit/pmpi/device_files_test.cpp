// What is kept of the kernel's answers about GPUs' device files.
#include "pmpi/src/device_files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <string>

namespace joulepath::pmpi {
namespace {

std::map<std::string, int> answers;  // errno by path, 0: allowed; others are not there
int asked = 0;

int fake_access(const char* path, int mode) {
  ++asked;
  const auto found = answers.find(path);
  errno = found != answers.end() ? found->second : ENOENT;
  // Device files are asked for what a driver's library opens them for.
  if (errno == 0 && path[std::string(path).size() - 1] <= '9' && mode != (R_OK | W_OK))
    errno = EINVAL;
  return errno == 0 ? 0 : -1;
}

record::DeviceAnswers ask() {
  asked = 0;
  record::DeviceAnswers told{~0ull, ~0ull, ~0ull, ~0ull};
  ask_for_devices(told, &fake_access);
  return told;
}

TEST(DeviceFiles, WithoutGpusTwoQuestions) {
  answers = {{"/dev/null", 0}};
  const record::DeviceAnswers told = ask();
  EXPECT_EQ(told.nvidia_open | told.nvidia_refused | told.render_open | told.render_refused, 0u);
  EXPECT_EQ(asked, 2);
}

TEST(DeviceFiles, OpenRefusedOrNotTold) {
  answers = {{"/dev/nvidiactl", 0},
             {"/dev/nvidia0", EPERM},
             {"/dev/nvidia2", 0},
             {"/dev/nvidia3", EACCES},
             {"/dev/nvidia63", 0}};
  const record::DeviceAnswers told = ask();
  EXPECT_EQ(told.nvidia_open, 1ull << 63 | 1ull << 2);
  EXPECT_EQ(told.nvidia_refused, 1u);
  EXPECT_EQ(told.render_open | told.render_refused, 0u);
  answers = {{"/dev/nvidiactl", EPERM}, {"/dev/nvidia0", EPERM}};
  EXPECT_EQ(ask().nvidia_refused, 1u);
}

TEST(DeviceFiles, RenderFilesBeginAt128) {
  answers = {{"/dev/dri", 0},
             {"/dev/dri/renderD0", 0},
             {"/dev/dri/renderD128", 0},
             {"/dev/dri/renderD130", EPERM},
             {"/dev/dri/renderD191", 0}};
  const record::DeviceAnswers told = ask();
  EXPECT_EQ(told.render_open, 1ull << 63 | 1u);
  EXPECT_EQ(told.render_refused, 4u);
  EXPECT_EQ(told.nvidia_open | told.nvidia_refused, 0u);
}

}  // namespace
}  // namespace joulepath::pmpi
