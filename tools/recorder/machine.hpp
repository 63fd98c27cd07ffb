// The machine as hwloc sees it: which sockets, dies and NUMA nodes a set of CPUs
// touches. From this machine or from an XML file of another.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/base/result.hpp"

namespace joulepath::tools {

/// Bit n of word n/64: CPU n as the system numbers it.
using CpuSet = std::array<std::uint64_t, 16>;

/// "0-3,8".
std::string to_list(const CpuSet& cpus);

/// Places of a set of CPUs, each a comma list of the system's numbers.
struct Places {
  std::string sockets;
  std::string dies;  ///< "socket:die"
  std::string numa;
};

class Machine {
 public:
  /// Empty path: this machine. kFormat or kNotFound for a file that hwloc cannot load.
  static base::Result<Machine> load(const std::filesystem::path& xml);
  Machine(Machine&&) noexcept;
  Machine& operator=(Machine&&) noexcept;
  ~Machine();

  [[nodiscard]] Places places(const CpuSet& cpus) const;
  [[nodiscard]] std::string xml() const;
  [[nodiscard]] std::string cpu_model() const;
  [[nodiscard]] int sockets() const;
  [[nodiscard]] int cpus() const;

 private:
  struct State;
  explicit Machine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace joulepath::tools
