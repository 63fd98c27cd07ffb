// A simulated energy counter: takes over the chip's true energy at its updates, in whole
// units, wraps, jitters, and now and then misses an update. Faults can be put into it.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/accuracy/sim/power.hpp"
#include "tests/accuracy/sim/random.hpp"

namespace joulepath::accuracy {

struct RegisterSettings {
  std::int64_t period_ns = 1 * kMs;
  std::int64_t jitter_ns = 20 * kUs;  ///< standard deviation around the even grid
  double missed = 0.002;              ///< of all updates
  double joules_per_unit = 0x1p-14;
  std::uint64_t modulus = std::uint64_t{1} << 32;
  std::uint64_t start_units = 4'294'000'000;  ///< the first wrap comes after 60 J
  double part = 1.0;                          ///< of the socket's power: DRAM draws less
  int core = -1;                              ///< of a single core of the socket
};

class EnergyRegister {
 public:
  struct Update {
    std::int64_t t_ns = 0;
    std::uint64_t units = 0;  ///< not wrapped
  };

  EnergyRegister(const SocketPower& power, const RegisterSettings& settings, std::int64_t begin_ns,
                 std::int64_t end_ns, Random& random);

  /// Faults, for the time from `t_ns` on. Energy is lost to the register, not to truth.
  void reset_at(std::int64_t t_ns);                           ///< starts again from 0
  void step_back_at(std::int64_t t_ns, std::uint64_t units);  ///< goes on from there
  void stick(std::int64_t from_ns, std::int64_t to_ns);       ///< then goes on as if nothing was

  void read_zero_until(std::int64_t t_ns);  ///< then shows its true value

  /// The last update at or before `t_ns`.
  [[nodiscard]] const Update& at(std::int64_t t_ns) const;
  /// The first update after `t_ns` that changes the value. Null: none before the end.
  [[nodiscard]] const Update* after(std::int64_t t_ns) const;
  /// As it is read.
  [[nodiscard]] std::uint64_t raw(const Update& update) const {
    return settings_.modulus == 0 ? update.units : update.units % settings_.modulus;
  }
  [[nodiscard]] const RegisterSettings& settings() const { return settings_; }

 private:
  RegisterSettings settings_;
  std::vector<Update> updates_;
};

}  // namespace joulepath::accuracy
