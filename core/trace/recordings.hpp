// What the nodes' files of a gather are to each other: which are of another run, and which are
// recordings of the same node at the same time. Two recorders run on one node where containers
// hide them from each other; both read the node's sensors, and its joules must count once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "core/record/tables.hpp"

namespace joulepath::trace {

class Recordings {
 public:
  /// Reads the small tables of all inputs; those that cannot be read are passed over.
  static Recordings of(std::span<const std::filesystem::path> inputs);

  /// Why node `node` of `input` belongs to another run than most of the inputs; empty: it does
  /// not. Nodes of one run may have sessions of different names, but then no rank in common.
  [[nodiscard]] std::string of_another_run(const std::filesystem::path& input,
                                           std::size_t node) const;

  /// Takes from the total what a longer recording of the same node counts: its sensors that
  /// both read. Returns how many.
  std::size_t count_once(const std::filesystem::path& input, std::size_t node,
                         std::vector<record::SensorRow>& sensors) const;

 private:
  using SensorKey = std::tuple<std::string, std::string, std::string>;
  struct Recording {
    std::filesystem::path input;
    std::size_t node = 0;
    std::string session;
    std::string hostname;
    std::string identity;
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
    std::int32_t world = -1;
    std::set<std::int32_t> ranks;
    std::set<SensorKey> counted;
  };
  [[nodiscard]] const Recording* find(const std::filesystem::path& input, std::size_t node) const;
  static SensorKey key_of(const record::Signal& signal);

  std::vector<Recording> all_;
  std::string session_;  ///< of most
  std::int32_t world_ = -1;
  std::set<std::int32_t> ranks_;  ///< of that session
};

}  // namespace joulepath::trace
