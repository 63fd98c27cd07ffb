// Who made the CPU and which it is, from <proc>/cpuinfo: what units and registers depend
// on. Pure but for the one file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace joulepath::sensors {

enum class CpuVendor { kIntel, kAmd, kOther };

struct CpuModel {
  CpuVendor vendor = CpuVendor::kOther;  ///< Hygon builds AMD's design: kAmd
  std::string vendor_id;                 ///< as the CPU says it; empty: it does not
  int family = -1;                       ///< -1: not said
  int model = -1;

  /// "GenuineIntel family 6 model 85".
  [[nodiscard]] std::string text() const;
};

/// Of the first CPU in the text; what it does not hold stays unknown.
CpuModel parse_cpu_model(std::string_view cpuinfo);

base::Result<CpuModel> cpu_model(const std::filesystem::path& proc_root);

}  // namespace joulepath::sensors
