// What the estimate reads: busy time of each CPU and memory in use, from the text of
// <proc>/stat and <proc>/meminfo, and which socket a CPU sits in. Pure functions of
// text but for the topology, which is read once. The parsers never allocate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace joulepath::sensors::estimate {

struct CpuBusy {
  std::uint32_t cpu = 0;
  /// In ticks of USER_HZ (10 ms), since boot: user + nice + system + irq + softirq.
  /// Not idle, not iowait (the CPU idles), not steal (another guest's time), and not
  /// guest, which user already includes (Linux Documentation/filesystems/proc.rst).
  std::uint64_t ticks = 0;
  /// In the same ticks: idle, iowait and steal.
  std::uint64_t not_busy_ticks = 0;
};

/// Takes the next whole per-CPU line off the front of `text`; skips the sum over all
/// CPUs. nullopt: the CPU lines have ended (also where a line is garbled or cut off).
std::optional<CpuBusy> next_cpu(std::string_view& text) noexcept;

/// MemTotal - MemAvailable in KiB, at least 0; nullopt: one of them is not there.
std::optional<std::uint64_t> memory_in_use_kib(std::string_view meminfo) noexcept;

/// Physical package id of each CPU by its number, from
/// <sysfs>/devices/system/cpu/cpuN/topology/physical_package_id. CPUs that do not say
/// (offline, or a system without it) get the lowest id there is, or 0.
std::vector<int> sockets_of_cpus(const std::filesystem::path& sysfs_root);

}  // namespace joulepath::sensors::estimate
