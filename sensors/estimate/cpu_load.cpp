#include "sensors/estimate/cpu_load.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "core/base/file.hpp"

namespace joulepath::sensors::estimate {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCpu = "cpu";
constexpr std::uint32_t kHighestCpu = 65535;  // of any Linux; keeps tables small on odd input

std::optional<std::uint64_t> next_number(std::string_view& line) noexcept {
  const auto first = line.find_first_not_of(' ');
  if (first == std::string_view::npos) return std::nullopt;
  line.remove_prefix(first);
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (failed != std::errc{}) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  return value;
}

/// "user nice system idle iowait irq softirq steal guest guest_nice"; the oldest kernels
/// end after idle.
bool read_ticks(std::string_view columns, CpuBusy& cpu) noexcept {
  constexpr int kIdle = 3, kIowait = 4, kSteal = 7;
  for (int column = 0; column <= kSteal; ++column) {
    const auto ticks = next_number(columns);
    if (!ticks) return column > kIdle;
    const bool busy = column != kIdle && column != kIowait && column != kSteal;
    (busy ? cpu.ticks : cpu.not_busy_ticks) += *ticks;
  }
  return true;
}

std::optional<std::uint64_t> field_kib(std::string_view text, std::string_view name) noexcept {
  const auto at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + name.size());
  return next_number(text);
}

}  // namespace

std::optional<CpuBusy> next_cpu(std::string_view& text) noexcept {
  for (;;) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || !text.starts_with(kCpu)) return std::nullopt;
    std::string_view line = text.substr(kCpu.size(), end - kCpu.size());
    text.remove_prefix(end + 1);
    if (line.starts_with(' ')) continue;  // the sum over all CPUs
    const auto cpu = next_number(line);
    if (!cpu || *cpu > kHighestCpu) return std::nullopt;
    CpuBusy busy;
    busy.cpu = static_cast<std::uint32_t>(*cpu);
    if (!read_ticks(line, busy)) return std::nullopt;
    return busy;
  }
}

std::optional<std::uint64_t> memory_in_use_kib(std::string_view meminfo) noexcept {
  const auto total = field_kib(meminfo, "MemTotal:");
  const auto available = field_kib(meminfo, "MemAvailable:");
  if (!total || !available) return std::nullopt;
  return *total - std::min(*total, *available);
}

std::vector<int> sockets_of_cpus(const fs::path& sysfs_root) {
  std::vector<int> sockets;
  std::error_code failed;
  for (fs::directory_iterator at(sysfs_root / "devices/system/cpu", failed), end;
       !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(kCpu)) continue;
    const auto cpu = base::parse_u64(std::string_view(name).substr(kCpu.size()));
    if (!cpu || *cpu > kHighestCpu) continue;
    if (*cpu >= sockets.size()) sockets.resize(*cpu + 1, -1);
    // Some virtual machines and boards say -1.
    const auto text = base::read_file(at->path() / "topology/physical_package_id");
    const auto socket = text ? base::parse_u64(*text) : std::nullopt;
    if (socket && *socket <= 0xffff) sockets[*cpu] = static_cast<int>(*socket);
  }
  int lowest = -1;
  for (const int socket : sockets)
    if (socket >= 0 && (lowest < 0 || socket < lowest)) lowest = socket;
  std::replace(sockets.begin(), sockets.end(), -1, std::max(lowest, 0));
  return sockets;
}

}  // namespace joulepath::sensors::estimate
