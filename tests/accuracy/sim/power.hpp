// The truth: what a simulated chip draws at every moment, and whose it is. Computed
// from the schedules alone, by exact integrals (power is at most quadratic in time
// within a piece, where Simpson's rule is exact); no counter is involved.
//
// The power of a socket is (static + sum of its lanes' dynamic power) x drift(t), the
// drift growing linearly over the run. What a lane is said to have used is a definition,
// and this is the simulator's: its own dynamic power, and an equal part of the static
// power with every other lane present on the socket at that moment. A lane is present
// from its first stretch to its last, whether it computes, waits or has no CPU. Static
// energy at moments when no lane is present is nobody's. Of the static power each core has
// its own part, which belongs to the lanes on that core at that moment, if there are any.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/accuracy/sim/schedule.hpp"

namespace joulepath::accuracy {

struct Socket {
  double static_w = 40.0;
  double drift = 0.0;   ///< power has grown by this fraction at the end of the run
  int cores = 0;        ///< whose energy is known one by one
  double core_w = 0.0;  ///< of static_w the part of each of them
};

struct Machine {
  std::int64_t begin_ns = 0;  ///< power is defined within [begin, end]
  std::int64_t end_ns = 0;
  std::vector<Socket> sockets;
};

/// Energy of one (lane, phase, function); waiting apart from the rest of the calls.
struct CellTruth {
  std::uint32_t lane = 0;
  std::uint32_t phase = 0;
  std::uint32_t function = 0;
  bool waits = false;
  double joules = 0.0;
  double seconds = 0.0;
};

class SocketPower {
 public:
  /// Adds what the socket's lanes used to `cells`.
  SocketPower(const Machine& machine, std::size_t socket, const Program& program,
              std::vector<CellTruth>& cells);

  [[nodiscard]] double joules(std::int64_t from_ns, std::int64_t to_ns) const {
    return joules_until(to_ns) - joules_until(from_ns);
  }
  /// Part of joules() at moments with no lane present.
  [[nodiscard]] double nobodys_joules(std::int64_t from_ns, std::int64_t to_ns) const;
  [[nodiscard]] double watts(std::int64_t t_ns) const;
  [[nodiscard]] double joules_until(std::int64_t t_ns) const { return until(pieces_, t_ns); }
  /// Of one core: its part of the static power, and what the lanes on it draw.
  [[nodiscard]] double core_joules(int core, std::int64_t from_ns, std::int64_t to_ns) const;

 private:
  struct Piece {
    std::int64_t begin_ns;
    double begin_w;  ///< before drift
    double slope_w_per_ns;
    std::uint32_t present;       ///< lanes
    double joules_before = 0.0;  ///< since the machine's begin
  };
  [[nodiscard]] double drift_at(double t_ns) const;
  /// Of power begin_w + slope * (t - origin), times drift.
  [[nodiscard]] double integral(double begin_w, double slope, std::int64_t origin_ns,
                                std::int64_t from_ns, std::int64_t to_ns) const;
  [[nodiscard]] static std::size_t piece_at(const std::vector<Piece>& pieces, std::int64_t t_ns);
  [[nodiscard]] double until(const std::vector<Piece>& pieces, std::int64_t t_ns) const;

  std::int64_t begin_ns_;
  std::int64_t end_ns_;
  double drift_;
  std::vector<Piece> pieces_;
  std::vector<std::vector<Piece>> cores_;
};

struct Truth {
  std::vector<SocketPower> sockets;
  std::vector<CellTruth> cells;
};

Truth truth_of(const Machine& machine, const Program& program);

}  // namespace joulepath::accuracy
