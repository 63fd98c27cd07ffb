#include "sensors/api/cpu_model.hpp"

#include <optional>

#include "core/base/file.hpp"

namespace joulepath::sensors {
namespace {

constexpr int kHighest = 1 << 16;

int small_number(std::string_view text) {
  const auto number = base::parse_u64(text);
  return number && *number < kHighest ? static_cast<int>(*number) : -1;
}

CpuVendor vendor_of(std::string_view id) {
  if (id == "GenuineIntel") return CpuVendor::kIntel;
  if (id == "AuthenticAMD" || id == "HygonGenuine") return CpuVendor::kAmd;
  return CpuVendor::kOther;
}

}  // namespace

std::string CpuModel::text() const {
  if (vendor_id.empty()) return "a CPU that names no vendor";
  return vendor_id + " family " + std::to_string(family) + " model " + std::to_string(model);
}

CpuModel parse_cpu_model(std::string_view cpuinfo) {
  CpuModel found;
  while (!cpuinfo.empty()) {
    const auto end = cpuinfo.find('\n');
    const std::string_view line = cpuinfo.substr(0, end);
    cpuinfo.remove_prefix(end == std::string_view::npos ? cpuinfo.size() : end + 1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
      if (found.vendor_id.empty()) continue;
      break;  // an empty line ends the first CPU
    }
    const std::string_view key = base::trimmed(line.substr(0, colon));
    const std::string_view value = base::trimmed(line.substr(colon + 1));
    if (key == "vendor_id") found.vendor_id = value;
    if (key == "cpu family") found.family = small_number(value);
    if (key == "model") found.model = small_number(value);
  }
  found.vendor = vendor_of(found.vendor_id);
  return found;
}

base::Result<CpuModel> cpu_model(const std::filesystem::path& proc_root) {
  constexpr std::size_t kLargest = std::size_t{64} << 20;  // thousands of CPUs, flags and all
  const auto text = base::read_file(proc_root / "cpuinfo", kLargest);
  if (!text) return text.error();
  return parse_cpu_model(*text);
}

}  // namespace joulepath::sensors
