// Which core each logical CPU of a node is on, from the node's topology as hwloc exports it
// (NodeInfo::topology_xml), and of which core a sensor is. A topology that does not say gives no
// cores. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace joulepath::analysis {

/// Numbers of a list of ranges, such as "0-3,8"; what is no number is skipped.
std::vector<std::int32_t> parse_cpus(std::string_view list);

class CpuCores {
 public:
  explicit CpuCores(std::string_view topology_xml);

  [[nodiscard]] std::size_t count() const { return cores_.size(); }
  [[nodiscard]] int package_of(std::uint32_t core) const { return cores_[core].package; }
  /// Nothing: not known.
  [[nodiscard]] std::optional<std::uint32_t> of_cpu(std::int32_t cpu) const;
  /// Of a sensor's device: "package-0/core-3"; "package-0/core-1-3": core 3 of die 1. Nothing:
  /// it is none of one core, or not known which.
  [[nodiscard]] std::optional<std::uint32_t> of_device(std::string_view device) const;

 private:
  struct Core {
    int package = -1;
    int die = -1;
    int number = -1;
  };
  std::vector<Core> cores_;
  std::map<std::int32_t, std::uint32_t> core_of_cpu_;
};

}  // namespace joulepath::analysis
