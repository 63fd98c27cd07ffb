// Who used the CPUs of one node, stretch by stretch, as the recorder saw it (record::CpuUseRow):
// how much of a counter's energy is to be taken for that of programs that are not the job's.
// Single-threaded.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/record/rows.hpp"

namespace joulepath::analysis {

/// When others used the node's CPUs, noticeably and beside the job.
struct SharedNode {
  double job_cpu_ns = 0.0;  ///< in all that was looked at
  double others_cpu_ns = 0.0;
  std::int64_t shared_ns = 0;  ///< how long others did, in the job's life
  std::int64_t first_ns = 0;   ///< from when, to when
  std::int64_t last_ns = 0;
  std::uint32_t sessions = 0;  ///< most other sessions at a time
};

class CpuShares {
 public:
  /// Of the CPU time used in a stretch: less is the system's own work for the job, and what the
  /// kernel's steps of 10 ms leave open.
  static constexpr double kNoticeable = 0.03;
  static constexpr int kAllSockets = -1;

  struct Stretch {
    std::uint64_t begin = 0;  ///< ticks [begin, end)
    std::uint64_t end = 0;
    double job_ns = 0.0;
    double others_ns = 0.0;
    [[nodiscard]] bool shared() const { return others_ns > kNoticeable * (job_ns + others_ns); }
    /// 0 where others are not noticeable.
    [[nodiscard]] double part_of_others() const {
      return shared() ? others_ns / (job_ns + others_ns) : 0.0;
    }
    /// CPU time that others used in one of its ticks.
    [[nodiscard]] double others_ns_a_tick() const {
      return others_ns / static_cast<double>(end - begin);
    }
  };

  /// A row that holds for the ticks [begin, end), which are the time from `from_ns` to `to_ns`.
  void add(const record::CpuUseRow& row, std::uint64_t begin, std::uint64_t end,
           std::int64_t from_ns, std::int64_t to_ns);
  void drop_before(std::uint64_t tick);
  /// Others are noticeable in some stretch that is kept.
  [[nodiscard]] bool any() const { return any_; }
  /// Of a socket, or of all; null: not told of that socket at that time.
  [[nodiscard]] const Stretch* at(int socket, std::uint64_t tick) const;
  /// Part of others in all stretches up to now.
  [[nodiscard]] double mean_part(int socket) const;
  [[nodiscard]] const SharedNode& shared() const { return shared_; }

 private:
  struct Kept {
    std::vector<Stretch> stretches;  ///< in order of time
    Stretch all;                     ///< sums only
  };
  std::map<int, Kept> kept_;  ///< by socket; of all sockets too
  /// Of the look whose rows come.
  std::int64_t look_from_ns_ = 0;
  std::int64_t look_to_ns_ = 0;
  bool look_counted_ = false;
  bool any_ = false;
  SharedNode shared_;
};

}  // namespace joulepath::analysis
