// What the setting `counters` names: counters of threads, each one event of perf or a sum of
// several with weights. Reads descriptions of the kernel's PMUs, opens no event.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace joulepath::tools {

/// An event as perf_event_open(2) takes it.
struct CounterEvent {
  std::uint32_t type = 0;
  std::uint64_t config = 0;
  double weight = 1.0;
  bool in_kernel = false;  ///< it only happens there (a switch of threads): user space has none
};

struct CounterSpec {
  std::string name;
  std::vector<CounterEvent> events;  ///< the count is their sum, each times its weight
  std::string absent;                ///< why this machine cannot count it; empty: it may
};

/// "auto" is instructions and cycles, "none" is none. Else names with commas between: those of
/// perf for generic events ("instructions", "page-faults"), "PMU/TERM=N,.../" or "PMU/EVENT/" as
/// below <sysfs>/bus/event_source/devices; or "NAME=EVENT*WEIGHT+EVENT..." for a sum.
/// A PMU or event of it that this machine lacks is `absent`: another node may have it.
/// Error kUsage: what is wrong with which.
base::Result<std::vector<CounterSpec>> parse_counters(std::string_view list,
                                                      const std::filesystem::path& sysfs_root);

}  // namespace joulepath::tools
