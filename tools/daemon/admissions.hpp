// Who may have the board: users with a job on the node, and those the administrator named. Pure.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace joulepath::daemon {

class Admissions {
 public:
  static constexpr std::size_t kMostJobs = 4096;

  explicit Admissions(std::vector<uid_t> always) : always_(always.begin(), always.end()) {}
  /// The same job twice counts once. False: there are kMostJobs already.
  bool admit(uid_t user, std::uint32_t job);
  /// A job that is not known is no error: the Epilog may run twice.
  void dismiss(uid_t user, std::uint32_t job);
  [[nodiscard]] bool may_map(uid_t user) const;
  /// No job is left; users of the administrator's do not count.
  [[nodiscard]] bool no_jobs() const { return jobs_ == 0; }

 private:
  std::set<uid_t> always_;
  std::map<uid_t, std::set<std::uint32_t>> users_;
  std::size_t jobs_ = 0;
};

}  // namespace joulepath::daemon
