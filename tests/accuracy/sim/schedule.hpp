// What a simulated program does: for every lane (a thread of a rank) the stretches of
// time it spends in a (phase, function) pair, with the power they draw above the
// chip's static power. Whole nanoseconds; power linear within a stretch. Nothing here
// knows a counter, a recorder or the analysis.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace joulepath::accuracy {

inline constexpr std::int64_t kMs = 1'000'000;
inline constexpr std::int64_t kUs = 1'000;
inline constexpr std::int64_t kSecond = 1'000'000'000;

struct Stretch {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  std::uint32_t phase = 0;
  std::uint32_t function = 0;
  double begin_w = 0.0;  ///< dynamic power of this lane
  double end_w = 0.0;
  bool on_cpu = true;
  int core = -1;            ///< of its socket, on which it runs or slept; -1: not said
  double ghz = 0.0;         ///< clock of that core while it runs
  bool waits = false;       ///< for another rank, inside a call
  std::uint32_t calls = 0;  ///< completed at the end of the stretch, with these bytes
  std::uint64_t bytes = 0;  ///< and this waiting time, as the shim would book it
  std::uint32_t wait_ns = 0;
};

/// Functions of the simulated programs; the number is the key in the trace.
enum Function : std::uint32_t { kCompute, kRecv, kBarrier, kSend, kFunctionCount };
std::string function_name(std::uint32_t function);
/// Of the MPI function table: "compute", "transfer", "wait".
std::string function_class(std::uint32_t function);

class Lane {
 public:
  Lane(std::int32_t rank, std::uint32_t thread, int socket, std::int64_t begin_ns)
      : rank_(rank), thread_(thread), socket_(socket), begin_ns_(begin_ns), now_ns_(begin_ns) {}

  /// From now on it runs on that core of its socket, at that clock.
  void run_on(int core, double ghz) {
    core_ = core;
    ghz_ = ghz;
  }
  /// Computes in `phase` with constant power.
  void compute(std::int64_t ns, std::uint32_t phase, double watts, bool on_cpu = true) {
    ramp(ns, phase, watts, watts, on_cpu);
  }
  /// Computes with power that rises or falls linearly.
  void ramp(std::int64_t ns, std::uint32_t phase, double begin_w, double end_w, bool on_cpu = true);
  /// One call: waits first, then does its work. Its waiting time is booked as the shim
  /// does: what it took beyond the least time of that function and size so far.
  struct Call {
    std::uint32_t function = kRecv;
    std::uint32_t phase = 0;
    std::int64_t wait_ns = 0;
    double wait_w = 0.0;
    bool wait_on_cpu = true;
    std::int64_t work_ns = 0;
    double work_w = 0.0;
    std::uint64_t bytes = 0;
  };
  void call(const Call& call);

  [[nodiscard]] std::int32_t rank() const { return rank_; }
  [[nodiscard]] std::uint32_t thread() const { return thread_; }
  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] std::int64_t begin_ns() const { return begin_ns_; }
  /// End of what it does so far.
  [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
  /// In order of time, without gaps.
  [[nodiscard]] const std::vector<Stretch>& stretches() const { return stretches_; }

 private:
  void append(Stretch stretch, std::int64_t ns);

  std::int32_t rank_;
  std::uint32_t thread_;
  int socket_;
  int core_ = -1;
  double ghz_ = 0.0;
  std::int64_t begin_ns_;
  std::int64_t now_ns_;
  std::vector<Stretch> stretches_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::int64_t> least_ns_;
};

struct Program {
  std::vector<std::string> phases;  ///< index == key; 0 is the time outside phases: ""
  std::vector<Lane> lanes;
};

}  // namespace joulepath::accuracy
