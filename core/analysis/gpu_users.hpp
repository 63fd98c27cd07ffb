// Who kept one GPU busy, stretch by stretch, as its driver told (record::GpuUseRow): a weight
// for the energy of a GPU that several processes use. Single-threaded.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/analysis/tick_times.hpp"
#include "core/record/rows.hpp"

namespace joulepath::analysis {

class GpuUsers {
 public:
  /// Ticks in which one look holds.
  struct Stretch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    /// The job's processes on the GPU: key, and how busy they kept it, 0 to 1; all 1 where that
    /// is not told of each.
    std::vector<std::pair<std::uint32_t, double>> of_job;
    double others = 0.0;  ///< the same of all processes that are not the job's

    [[nodiscard]] const double* weight_of(std::uint32_t process) const;
    /// Part of the stretch's energy that other jobs' processes used: none where nobody was busy.
    [[nodiscard]] double part_of_others() const;
    /// Nobody was on the GPU.
    [[nodiscard]] bool empty() const { return of_job.empty() && others <= 0.0; }
  };

  /// A row of a look that holds for the ticks [begin, end). Rows of one look come together;
  /// looks in the order of time.
  void add(const record::GpuUseRow& row, std::uint64_t begin, std::uint64_t end);
  void drop_before(std::uint64_t tick);
  /// What is known of a tick; null: nothing.
  [[nodiscard]] const Stretch* at(std::uint64_t tick) const;
  /// Of the time of some ticks, from 0 to 1.
  struct Parts {
    double empty = 0.0;   ///< nobody was on the GPU
    double others = 0.0;  ///< processes that are not the job's kept it busy
  };
  /// Of the ticks [begin, end); nothing where it is not known of each of them.
  [[nodiscard]] std::optional<Parts> parts(std::uint64_t begin, std::uint64_t end,
                                           const TickTimes& times) const;
  /// The job's processes that were ever on it.
  [[nodiscard]] const std::set<std::uint32_t>& seen() const { return seen_; }

 private:
  struct Kept {
    Stretch stretch;
    bool all_told = true;  ///< of each process how busy it was
  };
  std::vector<Kept> kept_;
  std::set<std::uint32_t> seen_;
};

}  // namespace joulepath::analysis
