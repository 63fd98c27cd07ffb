// A team whose processes share files in a folder that they all know, with no care for processes
// that fail.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/team.hpp"
#include "tests/unit/support/child.hpp"

namespace joulepath::test {

class FolderTeam final : public base::Team {
 public:
  FolderTeam(std::filesystem::path folder, int rank, int size)
      : folder_(std::move(folder)), rank_(rank), size_(size) {}
  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }
  [[nodiscard]] std::filesystem::path draft(std::string_view name) const override {
    return file(rank_, std::string(name) + ".draft");
  }
  base::Status share(std::string_view name) override {
    std::filesystem::rename(draft(name), file(rank_, name));
    return base::Done{};
  }
  base::Result<std::filesystem::path> shared(int rank, std::string_view name) override {
    constexpr auto kPause = std::chrono::milliseconds(1);
    while (!std::filesystem::exists(file(rank, name))) std::this_thread::sleep_for(kPause);
    return file(rank, name);
  }

 private:
  [[nodiscard]] std::filesystem::path file(int rank, std::string_view name) const {
    return folder_ / (std::to_string(rank) + "." + std::string(name));
  }
  std::filesystem::path folder_;
  int rank_;
  int size_;
};

/// What work(team) of process 0 gives; the others are children of this process, and must do well.
template <class Work>
auto by_processes(const std::filesystem::path& folder, int size, Work work) {
  std::filesystem::create_directories(folder);
  std::vector<pid_t> others;
  for (int rank = 1; rank < size; ++rank)
    others.push_back(start_child([&] {
      FolderTeam team(folder, rank, size);
      return work(team) ? 0 : 1;
    }));
  FolderTeam team(folder, 0, size);
  auto result = work(team);
  for (const pid_t pid : others) EXPECT_EQ(end_of(pid), 0);
  std::filesystem::remove_all(folder);
  return result;
}

}  // namespace joulepath::test
