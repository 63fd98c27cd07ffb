#include "tools/recorder/gpu_processes.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/base/file.hpp"
#include "core/base/split.hpp"

namespace joulepath::tools {
namespace {

/// Of the namespace that the machine began with: PROC_PID_INIT_INO in Linux's
/// include/linux/proc_ns.h, 0xEFFFFFFC.
constexpr const char* kFirstNamespace = "pid:[4026531836]";
/// Generations between a process on a GPU and the rank that started it.
constexpr int kMostGenerations = 16;

/// 0: it has none, or has ended.
std::int32_t parent_of(const std::filesystem::path& process) {
  const auto status = base::read_file(process / "status");
  if (!status) return 0;
  constexpr std::string_view kParent = "PPid:";
  for (const std::string_view line : base::split(*status, '\n'))
    if (line.starts_with(kParent))
      return static_cast<std::int32_t>(
          base::parse_u64(base::trimmed(line.substr(kParent.size()))).value_or(0));
  return 0;
}

void add_busy(std::uint32_t& sum, std::uint32_t busy) {
  if (busy == record::kBusyNotTold || sum == record::kBusyNotTold)
    sum = record::kBusyNotTold;
  else
    sum = std::min(sum + busy, 1000u);
}

}  // namespace

GpuProcesses::GpuProcesses(std::filesystem::path proc_root) : proc_(std::move(proc_root)) {
  std::error_code error;
  const auto own = std::filesystem::read_symlink(proc_ / "self/ns/pid", error);
  own_namespace_ = !error && own != kFirstNamespace;
}

std::optional<std::uint32_t> GpuProcesses::owner_of(std::int32_t pid, const Keys& processes) const {
  for (int generation = 0; pid > 1 && generation < kMostGenerations; ++generation) {
    if (const auto known = processes.find(pid); known != processes.end()) return known->second;
    pid = parent_of(proc_ / std::to_string(pid));
  }
  return std::nullopt;
}

std::optional<std::vector<record::GpuUseRow>> GpuProcesses::rows_of(const sensors::GpuLook& look,
                                                                    const Keys& processes) const {
  const auto sensor = static_cast<std::uint16_t>(look.signal);
  std::vector<record::GpuUseRow> rows;
  record::GpuUseRow others{0, sensor, record::kNone32, 0, 0};
  for (const sensors::GpuUser& user : look.users) {
    const std::uint32_t busy = user.busy_permille < 0
                                   ? record::kBusyNotTold
                                   : static_cast<std::uint32_t>(user.busy_permille);
    const auto owner = owner_of(user.pid, processes);
    if (!owner && own_namespace_) return std::nullopt;
    if (!owner) {
      add_busy(others.busy_permille, busy);
      continue;
    }
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const auto& known) { return known.process == *owner; });
    if (row != rows.end())
      add_busy(row->busy_permille, busy);
    else
      rows.push_back({0, sensor, *owner, busy, 0});
  }
  // Nobody of the job on it may also mean that the driver shows nobody in such a namespace.
  if (own_namespace_ && rows.empty()) return std::nullopt;
  rows.push_back(others);
  return rows;
}

}  // namespace joulepath::tools
