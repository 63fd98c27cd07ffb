// Processes that do one piece of work together, each a part of it: numbered from 0, which joins the
// parts. They give each other files, and nothing else. Who they are and where they meet is not said
// here (tools/team).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace joulepath::base {

class Team {
 public:
  Team() = default;
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  virtual ~Team() = default;

  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;
  [[nodiscard]] bool alone() const { return size() == 1; }
  [[nodiscard]] bool leads() const { return rank() == 0; }

  /// Where this process writes what it will share under a name. Gone when the work is over.
  [[nodiscard]] virtual std::filesystem::path draft(std::string_view name) const = 0;
  /// The draft is whole: others may read it, and its writer changes it no more.
  virtual Status share(std::string_view name) = 0;
  /// The file that another process (or this one) has shared under a name, once it is there. The
  /// error of that process where it failed; kIo where it ended, or is not heard of any more.
  virtual Result<std::filesystem::path> shared(int rank, std::string_view name) = 0;
};

/// The usual case: nobody to share with.
class Alone final : public Team {
 public:
  [[nodiscard]] int rank() const override { return 0; }
  [[nodiscard]] int size() const override { return 1; }
  [[nodiscard]] std::filesystem::path draft(std::string_view) const override { return {}; }
  Status share(std::string_view) override { return Done{}; }
  Result<std::filesystem::path> shared(int, std::string_view name) override {
    return Error{Errc::kInternal, "was shared by nobody", std::string(name), 0, {}};
  }
};

/// Numbers [begin, end).
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};
/// The part of `count` things in a row that is a process's: in the order of ranks, and all about
/// equal.
[[nodiscard]] Range part_of(std::size_t count, int rank, int size);

/// Shares some bytes in one step.
Status share_bytes(Team& team, std::string_view name, std::string_view bytes);
Result<std::string> shared_bytes(Team& team, int rank, std::string_view name);

}  // namespace joulepath::base
