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

#include "core/base/bytes.hpp"
#include "core/record/tables.hpp"

namespace joulepath::trace {

using SensorKey = std::tuple<std::string, std::string, std::string>;

/// What the small tables of one node's file tell of it.
struct Recording {
  std::string input;  ///< path of the file
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
template <class Archive>
void fields(Archive& archive, base::Is<Recording> auto& recording) {
  auto& [input, node, session, hostname, identity, first, last, world, ranks, counted] = recording;
  archive(input, node, session, hostname, identity, first, last, world, ranks, counted);
}

/// Reads the small tables of the inputs; those that cannot be read are passed over.
std::vector<Recording> read_recordings(std::span<const std::filesystem::path> inputs);

class Recordings {
 public:
  /// All of a gather, in the order of its inputs.
  explicit Recordings(std::vector<Recording> all);

  /// Why node `node` of `input` belongs to another run than most of the inputs; empty: it does
  /// not. Nodes of one run may have sessions of different names, but then no rank in common.
  [[nodiscard]] std::string of_another_run(const std::filesystem::path& input,
                                           std::size_t node) const;

  /// Takes from the total what a longer recording of the same node counts: its sensors that
  /// both read. Returns how many.
  std::size_t count_once(const std::filesystem::path& input, std::size_t node,
                         std::vector<record::SensorRow>& sensors) const;

 private:
  [[nodiscard]] const Recording* find(const std::filesystem::path& input, std::size_t node) const;

  std::vector<Recording> all_;
  std::string session_;  ///< of most
  std::int32_t world_ = -1;
  std::set<std::int32_t> ranks_;  ///< of that session
};

}  // namespace joulepath::trace
