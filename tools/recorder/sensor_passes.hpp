// The recorder's passes over the sensors: when the next is due, and the reading. Where a
// group's leading counter can be followed, its pass is taken at an update of it; else at
// the tick. What another sensor counts as well is read at every tick for the self-test only,
// then as rarely as it may be (excluded_period.hpp). The caller reads the lanes right behind.
// Single-threaded; never spins: between two readings of a counter that it waits for, it sleeps.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/clock.hpp"
#include "core/trace/node_sink.hpp"
#include "sensors/sampler/sampler.hpp"
#include "tools/recorder/edge_chase.hpp"
#include "tools/recorder/look_budget.hpp"
#include "tools/recorder/sample_rows.hpp"
#include "tools/recorder/sensor_groups.hpp"

namespace joulepath::tools {

/// Time as the passes need it: the tests have their own.
class PassClock : public base::Clock {
 public:
  virtual void sleep_until(std::int64_t at_ns) = 0;
  /// CPU time that this process has used.
  [[nodiscard]] virtual std::int64_t cpu_ns() const = 0;
};

class SystemPassClock final : public PassClock {
 public:
  /// Asks the kernel to wake this thread at the moment, not up to 50 us later.
  SystemPassClock();
  [[nodiscard]] std::int64_t monotonic_ns() const noexcept override;
  void sleep_until(std::int64_t at_ns) override;
  [[nodiscard]] std::int64_t cpu_ns() const override;
};

class SensorPasses {
 public:
  struct Pass {
    std::int64_t begin_ns = 0;
    SocketMask sockets = kAllSockets;  ///< whose lanes to read now
    /// The middle of the time in which the update was: what lanes are in since before counts
    /// up to then. 0: no update was seen, up to now.
    std::int64_t edge_ns = 0;
  };
  struct Settings {
    std::int64_t tick_ns = 0;
    std::int64_t first_due_ns = 0;
    double cpu_share = 0.01;
    /// Until then, also what another sensor counts as well is read at every tick.
    std::int64_t all_until_ns = 0;
  };

  /// All outlive the passes.
  SensorPasses(sensors::Sampler& sampler, SampleRows& samples, PassClock& clock,
               const Settings& settings);

  /// When take_due() has something to do.
  [[nodiscard]] std::int64_t next_ns() const;
  /// Takes one pass that is due: its readings are in the sample rows, under `tick`.
  /// Nothing when none is. May take until the end of a look, 2 ms at most or so.
  std::optional<Pass> take_due(std::uint32_t tick);
  /// All sensors now; what is due stays due.
  Pass take_all(std::uint32_t tick);
  /// Passes that are due are left out (the rows could not be kept).
  void skip_due();

  /// About once a second: the rows about missed updates, the budget and measured periods. What
  /// need not be read at every tick is not from the first call on after `all_until_ns`.
  void report_to(trace::NodeSink& writer, std::int64_t now_ns);
  /// Passes that came over half a period late, and periods without one, since last asked.
  struct Punctuality {
    std::int64_t late = 0;
    std::int64_t skipped = 0;
  };
  Punctuality take_punctuality();

 private:
  struct Rested {
    std::uint16_t sensor = 0;
    std::int64_t period_ns = 0;
    std::int64_t due_ns = 0;
  };
  struct Group {
    SensorGroup read;
    std::vector<std::uint16_t> all;       ///< leader first
    std::vector<std::uint16_t> followed;  ///< of these, the leader and those of one socket
    std::vector<Rested> rested;           ///< in none of these lists any more
    std::optional<EdgeChase> chase;
    std::int64_t due_ns = 0;
    std::optional<Look> look;                 ///< of the pass that is due next
    std::optional<std::uint64_t> raw_before;  ///< of the leader, at the last pass
    std::uint32_t turn = 0;
    std::int64_t missed = 0;
  };
  void plan(Group& group);
  void finish(Group& group, std::int64_t now_ns);
  [[nodiscard]] bool moved(const Group& group) const;
  std::optional<Edge> wait_for_change(std::uint16_t leader, const Look& look);
  void watch_first(std::int64_t now_ns);
  void watch(Group& group, const Look& slice);
  /// Gives the middle of the time in which the update was seen; 0: it was not.
  std::int64_t take_at_update(Group& group, std::uint32_t tick);
  void read_plainly(Group& group);
  void read_rested(Group& group);
  void rest_excluded(std::int64_t now_ns);
  void note_punctuality(const Group& group, std::int64_t now_ns);
  void write_period(trace::NodeSink& writer, std::uint16_t sensor, std::int64_t period_ns,
                    std::int64_t now_ns);

  sensors::Sampler& sampler_;
  SampleRows& samples_;
  PassClock& clock_;
  std::int64_t tick_ns_;
  std::int64_t all_until_ns_;
  bool resting_ = false;
  std::vector<Group> groups_;
  std::vector<std::uint16_t> due_;               ///< of the rested, in a pass
  std::vector<std::int64_t> written_period_ns_;  ///< by sensor
  LookBudget budget_;
  std::int64_t looks_cpu_ns_ = 0;
  std::int64_t left_out_ = 0;
  std::int64_t accounted_ns_;
  std::int64_t accounted_cpu_ns_;
  Punctuality punctuality_;
};

}  // namespace joulepath::tools
