// Programs run as a job's user: as whom, with what, and for how long at most.
#include "slurm/spank/user_program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

namespace joulepath::slurm {
namespace {

constexpr int kLimit_ms = 30'000;
constexpr unsigned kNobody = 65534;

UserProgram shell(const std::string& command) {
  UserProgram program;
  program.path = "/bin/sh";
  program.arguments = {"-c", command};
  program.user = ::getuid();
  program.group = ::getgid();
  return program;
}

TEST(UserProgram, StatusAndOutput) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  UserProgram program = shell("echo $GREETING; pwd; exit 7");
  program.environment = {"GREETING=hello"};
  program.directory = "/";
  program.output = ends[1];
  EXPECT_EQ(run_as_user(program, kLimit_ms), 7);
  ::close(ends[1]);
  std::array<char, 64> text{};
  const ssize_t got = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  EXPECT_EQ(std::string(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0), "hello\n/\n");
}

TEST(UserProgram, WhatCannotBeStarted) {
  UserProgram program = shell("true");
  program.path = "/no/such/program";
  EXPECT_EQ(run_as_user(program, kLimit_ms), -1);
  program = shell("true");
  program.directory = "/no/such/folder";
  EXPECT_EQ(run_as_user(program, kLimit_ms), -1);
}

TEST(UserProgram, IsKilledAfterItsTime) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(run_as_user(shell("sleep 60"), 50), -1);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST(UserProgram, IsTheUsersAlone) {
  if (::geteuid() != 0) GTEST_SKIP() << "changing the user needs root";
  UserProgram program = shell("[ \"$(id -u) $(id -g) $(id -G)\" = \"65534 65534 65534\" ]");
  program.environment = {"PATH=/usr/bin:/bin"};
  program.user = kNobody;
  program.group = kNobody;
  EXPECT_EQ(run_as_user(program, kLimit_ms), 0);
}

}  // namespace
}  // namespace joulepath::slurm
