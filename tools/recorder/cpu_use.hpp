// Who uses the CPUs of this node: the job, whose CPU time the recorder knows by thread, or others.
// What others use is what all CPUs were not idle, less that. Reads <proc>/stat; owned and called
// by one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

#include "core/record/rows.hpp"

namespace joulepath::tools {

/// CPU time in ns by the CPU it was used on; -1: not known where.
using CpuTimes = std::map<std::int32_t, std::uint64_t>;

/// Time in which each CPU was not idle, in ns since some moment, by its number, as <proc>/stat
/// tells at `now_ns`: the time that passed less idle, iowait and steal. Those are exact on kernels
/// without a tick on idle CPUs, where user and system are guesses from ticks. Empty: not told.
std::map<std::int32_t, std::int64_t> busy_ns_by_cpu(std::string_view stat, std::int64_t now_ns);

class CpuUse {
 public:
  /// The kernel tells in steps of 10 ms for each CPU: less than this would be mostly that.
  static constexpr std::int64_t kLeast_ns = 100'000'000;
  static constexpr std::int64_t kUsual_ns = 1'000'000'000;

  CpuUse(const std::filesystem::path& proc_root, const std::filesystem::path& sysfs_root);

  /// Counts from here on.
  void begin(std::int64_t now_ns, std::uint32_t tick);
  /// The job used this since it was told last; the recorder's own is told with its own CPU.
  void used(const CpuTimes& times);
  [[nodiscard]] bool due(std::int64_t now_ns, std::int64_t after_ns) const {
    return began_ != 0 && now_ns - began_ >= after_ns;
  }
  /// What was used since the last call, a row for each socket; none where the system does not tell.
  [[nodiscard]] std::vector<record::CpuUseRow> look(std::int64_t now_ns, std::uint32_t tick,
                                                    std::uint32_t sessions);

 private:
  [[nodiscard]] std::map<std::int32_t, std::int64_t> read(std::int64_t now_ns) const;
  [[nodiscard]] int socket_of(std::int32_t cpu) const;

  std::filesystem::path stat_;
  std::vector<int> sockets_;  ///< by CPU
  std::map<std::int32_t, std::int64_t> busy_;
  std::map<int, double> job_ns_;  ///< by socket
  double unplaced_ns_ = 0.0;
  std::int64_t began_ = 0;
  std::uint32_t tick_ = 0;
};

/// Sessions beside this one, of the same user, that have a process which lives.
std::uint32_t other_sessions(const std::filesystem::path& session);

}  // namespace joulepath::tools
