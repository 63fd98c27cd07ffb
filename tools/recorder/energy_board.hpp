// Joules while the program runs: adds up the counters as they are read, splits each tick's
// energy among the processes by the time of their lanes, and fills the energy board of the
// processes that ask. A quick view with honest bounds; the analysis of the trace is finer.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/record/channel_layout.hpp"
#include "core/record/counter.hpp"
#include "core/record/rows.hpp"

namespace joulepath::tools {

/// A sum of energy with bounds, and the power that carries it on.
struct EnergyFigure {
  double value_j = 0;
  double lo_j = 0;
  double hi_j = 0;
  double recent_w = 0;
  double highest_w = 0;
};

/// Follows one counter that is part of the node's total.
class SignalEnergy {
 public:
  explicit SignalEnergy(const record::Signal& signal);

  void reading(const record::Reading& reading) noexcept;
  /// Since the first reading, carried on to `now_ns`.
  [[nodiscard]] EnergyFigure at(std::int64_t now_ns) const noexcept;
  /// Joules of the steps since the last call.
  double take_new_j() noexcept;

  [[nodiscard]] bool has_reading() const { return first_ns_ != 0; }
  /// A step was no exact difference: what it hid is lost, and with it the sum.
  [[nodiscard]] bool broken() const { return broken_; }
  /// It has not moved since the first reading, so that its sum is no figure (yet).
  [[nodiscard]] bool still() const {
    return counter_.total() == 0 && provenance_ != record::Provenance::kEstimated;
  }
  /// ... and for longer than a counter may.
  [[nodiscard]] bool stuck() const {
    return still() && last_.t_hi_ns - first_ns_ > longest_still_ns_;
  }
  /// ProcessRow::gpus names it so; empty: not of one GPU.
  [[nodiscard]] const std::string& gpu() const { return gpu_; }
  /// -1: not of one socket.
  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] record::Provenance provenance() const { return provenance_; }
  /// What the total may lack at `now_ns`, or have lacked at the start, at the highest power
  /// seen: of an update period, of the time since the last reading, and one unit.
  [[nodiscard]] double missing_j(std::int64_t now_ns) const noexcept;
  /// The highest power seen, with the model's error.
  [[nodiscard]] double highest_w() const { return highest_w_ * (1 + relative_error_); }
  [[nodiscard]] double relative_error() const { return relative_error_; }

 private:
  [[nodiscard]] double total_j() const;

  record::CounterLimits limits_;
  record::Counter counter_;
  std::int64_t longest_still_ns_;
  double joules_per_unit_;
  double relative_error_;
  int socket_;
  std::string gpu_;
  record::Provenance provenance_;
  bool broken_ = false;
  std::int64_t first_ns_ = 0;
  record::Reading last_;
  double highest_w_ = 0;
  double taken_j_ = 0;
  /// Where the mean recent power begins: moved on so that it is 0.5 s to 1 s ago.
  std::int64_t window_ns_ = 0, next_window_ns_ = 0;
  double window_j_ = 0, next_window_j_ = 0;
};

class EnergyBoard {
 public:
  /// `sockets`: of this node, whose ids are 0, 1, ...
  EnergyBoard(std::span<const record::SensorRow> sensors, int sockets);

  /// The readings of a tick, before its lanes.
  void readings(std::span<const record::SampleRow> rows) noexcept;
  /// A process of the job, and the GPUs that it may use. A GPU that none may use is not the
  /// node's figure either.
  void joins(const record::ProcessRow& process);
  /// `process` had lanes open for `lane_ns` in all on these sockets ("0,1"; empty: any).
  void ran(std::uint32_t process, const std::string& sockets, std::uint64_t lane_ns);
  /// The lanes of all processes have been told: splits what was read since the last time.
  void settle(std::int64_t now_ns);
  void fill(std::uint32_t process, record::EnergyBoard& board) const noexcept;
  void forget(std::uint32_t process) { processes_.erase(process); }

 private:
  struct Taker {
    std::uint32_t sockets = 0;  ///< bit n: may run on socket n
    std::vector<bool> gpu;      ///< by signal: may use its GPU, or it is of none
    std::uint64_t lane_ns = 0;  ///< since the last settling
    std::vector<bool> took;     ///< by signal: had a part in the tick before
    std::vector<bool> alone;    ///< ... and nobody else had
    double value_j = 0, lo_j = 0, hi_j = 0;
    std::int64_t window_ns = 0, next_window_ns = 0;
    double window_j = 0, next_window_j = 0;
  };

  [[nodiscard]] bool takes(const Taker& taker, std::size_t signal) const;
  [[nodiscard]] Taker& taker_of(std::uint32_t process);
  void split(std::size_t signal, double joules);
  /// kKnown, or why the signal has no sum.
  [[nodiscard]] static record::EnergyState state_of(const SignalEnergy& signal);
  template <class Belongs>
  void write(record::EnergyEntry& entry, Belongs belongs) const noexcept;
  void write_own(record::EnergyEntry& entry, const Taker* taker) const noexcept;

  std::vector<SignalEnergy> signals_;
  std::vector<int> signal_of_sensor_;  ///< -1: not counted
  std::map<std::uint32_t, Taker> processes_;
  std::vector<bool> of_job_;  ///< by signal: of no GPU, or of one that some process may use
  bool joined_ = false;       ///< some process has
  int sockets_;
  bool has_power_sensor_ = false;  ///< counted, but no counter of energy
  std::int64_t settled_ns_ = 0;
};

}  // namespace joulepath::tools
