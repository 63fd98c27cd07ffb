// What the cores of one package used, stretch by stretch, from their own counters, which the
// recorder reads more rarely than the package's. A stretch lies between two ticks in which cores
// were read; a core that gave no reading at one of them, or whose counter broke between, is not
// known in it. Joules, as a core's unit need not be its package's. Single-threaded.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/record/counter.hpp"
#include "core/record/rows.hpp"

namespace joulepath::analysis {

struct CoreStretch {
  std::uint64_t begin = 0;                    ///< first tick of its activity
  std::uint64_t end = 0;                      ///< behind the last
  std::vector<std::optional<double>> joules;  ///< by core of the node
};

class CoreEnergy {
 public:
  /// `cores`: of the node.
  CoreEnergy(int package, std::size_t cores) : package_(package), cores_(cores) {}

  [[nodiscard]] int package() const { return package_; }

  /// False: the core has one already.
  bool add_counter(std::uint32_t core, const record::Signal& signal);

  /// A reading in tick `tick`, which counts up, and whose lanes were looked at at `lanes_ns`.
  void add(std::uint32_t core, const record::SampleRow& row, std::uint64_t tick,
           std::int64_t lanes_ns);
  /// Ends what is open with the last tick in which a core was read.
  void finish() { close(); }
  void drop_before(std::uint64_t tick);

  /// In the order of time.
  [[nodiscard]] const std::vector<CoreStretch>& stretches() const { return stretches_; }
  /// Time in which what is known at an end of a stretch may lie on its other side.
  [[nodiscard]] double widest_end_ns() const {
    return static_cast<double>(update_ns_ + furthest_reading_ns_);
  }

 private:
  struct Core {
    std::optional<record::Counter> counter;
    double joules_per_unit = 0.0;
    std::optional<std::uint64_t> last_tick;  ///< that it was read in
    bool from_begin = false;                 ///< it was read where the open stretch begins
    bool broken = false;                     ///< its counter broke in the open stretch
    std::uint64_t units = 0;                 ///< in the open stretch
  };
  void close();

  int package_;
  std::vector<Core> cores_;
  std::int64_t update_ns_ = 0;
  std::int64_t furthest_reading_ns_ = 0;    ///< from the look at the lanes
  std::optional<std::uint64_t> open_tick_;  ///< in which the open stretch's first reading was
  std::int64_t open_ns_ = 0;
  std::optional<std::uint64_t> look_tick_;  ///< last in which a core was read
  std::int64_t look_ns_ = 0;
  std::vector<CoreStretch> stretches_;
};

}  // namespace joulepath::analysis
