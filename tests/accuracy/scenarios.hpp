// The simulated runs that the points of docs/accuracy.md are judged on.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/accuracy/sim/simulation.hpp"

namespace joulepath::accuracy {

enum class WithHole { kNo, kYes };

/// One lane that is 100 W outside phases, then for `phase_ns` 300 W in "solve", then
/// 100 W again: a single instance at a random offset. Powers are those of the socket.
Scenario single_phase(std::uint64_t seed, std::int64_t phase_ns, const RecorderSettings& recorder);

/// One lane that alternates between "solve" (300 W, about `phase_ns`) and "exchange"
/// (100 W, about 1.37 `phase_ns`); lengths and powers of the instances vary by 5 %, power
/// drifts by 2 % over the run.
Scenario two_phases(std::uint64_t seed, std::int64_t phase_ns, const RecorderSettings& recorder,
                    std::int64_t run_ns = 20 * kSecond);

/// Two ranks on one socket: the same phases, 60 W and 20 W, one is busy for longer.
Scenario unequal_ranks(std::uint64_t seed);
/// Twelve ranks on one socket, each with phases of its own lengths and powers, which differ by
/// 30 %: too many for a fit that tells ranks apart.
Scenario many_unequal_ranks(std::uint64_t seed);
/// 16 ranks take turns on 2 CPUs, 4 ms each.
Scenario oversubscribed(std::uint64_t seed);
/// Four ranks; only two of them ever enter "io".
Scenario partial_phase(std::uint64_t seed);
/// Rank 0 sends late; rank 1 spins in MPI_Recv, rank 2 sleeps in MPI_Barrier.
Scenario late_sender(std::uint64_t seed);
/// Two sockets with package and DRAM counters, two ranks of two threads, ramps.
Scenario two_sockets(std::uint64_t seed);
/// A counter that updates every 100 ms, read at the ticks; a phase of `phase_ns`.
Scenario slow_counter(std::uint64_t seed, std::int64_t phase_ns);
/// two_phases() with a recorder that does not run for 50 ms, five times.
Scenario starved(std::uint64_t seed);
/// "solve" (300 W) and "exchange" (180 W), 20 ms each and once each, in 100 W; with the
/// hole, the recorder does not run from 5 ms before the first to 5 ms after the second.
Scenario two_single_phases(std::uint64_t seed, WithHole with_hole);
/// Phases in step with the ticks, so that every window holds the same mixture.
Scenario in_step(std::uint64_t seed);
/// A phase whose power changes from 300 W to 180 W in the middle of the run.
Scenario changing_phase(std::uint64_t seed);

/// What the recording holds of the cores that ranks run on.
enum class Known { kCpuTime, kCycles, kCores };
/// Four ranks on as many of eight cores whose clocks lie between 1.2 and 3.6 GHz and change every
/// two seconds; power goes with the clock, within 2 %, and the chip's static power is known.
Scenario unequal_cores(std::uint64_t seed, Known known);
/// Four ranks whose work needs up to some times as much power for a cycle as another's, in each
/// phase differently, and whose power rises with the square of the clock: cycles mislead.
Scenario unequal_work(std::uint64_t seed, Known known);
/// Five ranks that may use any core: two take turns on one, two run together on another as its
/// hardware threads would, and one moves on every four seconds. Cores are known.
Scenario shared_cores(std::uint64_t seed);

struct NamedScenario {
  std::string name;
  std::function<Scenario(std::uint64_t)> make;
};
inline void PrintTo(const NamedScenario& scenario, std::ostream* out) {
  *out << scenario.name;
}
/// All of the above with settings of interest; the bounds must hold in every one.
std::vector<NamedScenario> all_scenarios();

}  // namespace joulepath::accuracy
