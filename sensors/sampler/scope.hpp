// What each of a machine's signals covers, as far as signals can tell: which two of them
// would count a joule twice, and how much of the machine each would account for. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "sensors/sampler/choice.hpp"

namespace joulepath::sensors {

/// How much of the machine something accounts for: kWhole is one socket's CPUs, one socket's
/// memory, or one GPU; a die of two is half of it.
struct Cover {
  static constexpr std::int64_t kWhole = 840 * 1024;  // 1 to 8 dies, or 1024 cores, divide it
  std::int64_t cpus = 0;
  std::int64_t memory = 0;
  std::int64_t gpus = 0;
  [[nodiscard]] std::int64_t all() const { return cpus + memory + gpus; }
};

class Scopes {
 public:
  /// Of all signals of a machine, readable or not: an unreadable one tells that its device is
  /// there. Keeps a reference.
  explicit Scopes(std::span<const Candidate> candidates);

  /// Whether some joule may be in both figures. Where names do not tell, it may: a device of
  /// unknown socket or PCI address is taken to be any other backend's.
  [[nodiscard]] bool overlap(std::size_t a, std::size_t b) const;
  /// Whether both report the joules of one device, or of parts of it named otherwise.
  [[nodiscard]] bool same_device(std::size_t a, std::size_t b) const;
  /// Whether the figure of `outer` includes all of `inner`'s, or may.
  [[nodiscard]] bool contains(std::size_t outer, std::size_t inner) const;
  [[nodiscard]] Cover cover(std::size_t at) const;
  /// One figure for a socket of which others name the dies: it may be of one of them only.
  [[nodiscard]] bool hides_dies(std::size_t at) const;

 private:
  struct Scope {
    int die = -1;                   ///< as its name says; -1: not one die, or not told
    std::set<std::size_t> outer;    ///< by contained_in, transitively
    bool part_of_its_kind = false;  ///< contained in one of the same domain
  };
  [[nodiscard]] const record::Signal& signal(std::size_t at) const {
    return candidates_[at].signal;
  }
  [[nodiscard]] bool parts_apart(std::size_t a, std::size_t b) const;
  [[nodiscard]] bool same_gpu(std::size_t a, std::size_t b) const;
  [[nodiscard]] std::int64_t parts_beside(std::size_t at) const;
  [[nodiscard]] std::int64_t siblings(std::size_t at) const;
  [[nodiscard]] std::int64_t gpus_inside(std::size_t at) const;
  [[nodiscard]] std::int64_t socket_count() const;

  std::span<const Candidate> candidates_;
  std::vector<Scope> scopes_;
  std::set<int> sockets_;              ///< with CPUs
  std::set<int> memory_sockets_;       ///< -1: memory of no one socket
  std::map<int, std::set<int>> dies_;  ///< of a socket
  std::vector<std::size_t> gpus_;      ///< one signal for each GPU
  std::vector<std::size_t> modules_;   ///< one signal for each
};

/// The die of "package-0-die-1", "socket0 die1"; -1: none is named.
[[nodiscard]] int die_of(std::string_view device);

}  // namespace joulepath::sensors
