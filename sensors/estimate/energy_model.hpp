// The arithmetic of the estimate: from busy ticks and memory in use to microjoules
// that only grow. Integers throughout, with the remainder of every division carried,
// so that no energy of the model is lost or invented by reading more often. No files,
// no clock; never allocates after construction.
#pragma once

#include <cstdint>
#include <vector>

#include "sensors/api/estimate_model.hpp"
#include "sensors/estimate/cpu_load.hpp"

namespace joulepath::sensors::estimate {

/// Energy from powers held for a while.
class Accumulator {
 public:
  void add(std::uint64_t power_uw, std::int64_t duration_ns) noexcept;
  [[nodiscard]] std::uint64_t energy_uj() const { return energy_uj_; }

 private:
  std::uint64_t energy_uj_ = 0;
  std::uint64_t rest_ = 0;  ///< uW ns below one uJ
};

/// Package energy of each socket: min_w for each CPU that is there, and max_w - min_w
/// on top for the time it was busy.
class PackageModel {
 public:
  /// `sockets` is indexed by CPU number and holds physical package ids; `tick_ns` is the
  /// length of one tick of /proc/stat.
  PackageModel(const EstimateModel& model, const std::vector<int>& sockets, std::int64_t tick_ns);

  [[nodiscard]] const std::vector<int>& socket_ids() const { return socket_ids_; }
  /// Of the socket at this index of socket_ids().
  [[nodiscard]] std::uint64_t energy_uj(std::size_t socket) const;

  // One pass: begin, every CPU of the system, end. The first pass sets the base.
  void begin(std::int64_t now_ns) noexcept;
  void cpu(const CpuBusy& busy) noexcept;
  void end() noexcept;

 private:
  struct Cpu {
    std::size_t socket = 0;
    std::uint64_t ticks = 0;
    std::int64_t seen_ns = 0;
    bool seen = false;
  };
  struct Socket {
    Accumulator energy;
    std::uint64_t cpus = 0;  ///< seen in this pass
  };

  std::uint64_t min_uw_;
  std::uint64_t extra_uw_;  ///< of a busy CPU over an idle one
  std::int64_t tick_ns_;
  std::vector<int> socket_ids_;
  std::vector<Socket> sockets_;
  std::vector<Cpu> cpus_;
  std::int64_t now_ns_ = 0;
  std::int64_t last_ns_ = 0;
  bool has_base_ = false;
};

/// Energy of the memory in use, which is taken to change evenly between two readings.
class MemoryModel {
 public:
  explicit MemoryModel(const EstimateModel& model);
  void set(std::int64_t now_ns, std::uint64_t in_use_kib) noexcept;
  [[nodiscard]] std::uint64_t energy_uj() const { return energy_.energy_uj(); }

 private:
  std::uint64_t uw_per_gib_;
  Accumulator energy_;
  std::uint64_t in_use_kib_ = 0;
  std::int64_t last_ns_ = 0;
  bool has_base_ = false;
};

}  // namespace joulepath::sensors::estimate
