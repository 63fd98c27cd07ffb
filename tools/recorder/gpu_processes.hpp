// From the processes that a driver names on a GPU to those of the job: a rank, or what a rank
// has started. Reads /proc; owned and called by one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "core/record/rows.hpp"
#include "sensors/api/gpu_users.hpp"

namespace joulepath::tools {

class GpuProcesses {
 public:
  explicit GpuProcesses(std::filesystem::path proc_root = "/proc");

  /// By pid: key of the process in the trace.
  using Keys = std::map<std::int32_t, std::uint32_t>;
  /// The rows of one look but for their ticks: one for each of the job's processes, and the
  /// one of all others. Nothing, where the numbers that drivers use are not ours (a PID
  /// namespace of our own) and some process is not known, or there is none: the job's may have
  /// other numbers there, or not be shown.
  [[nodiscard]] std::optional<std::vector<record::GpuUseRow>> rows_of(const sensors::GpuLook& look,
                                                                      const Keys& processes) const;

 private:
  [[nodiscard]] std::optional<std::uint32_t> owner_of(std::int32_t pid,
                                                      const Keys& processes) const;

  std::filesystem::path proc_;
  bool own_namespace_ = false;
};

}  // namespace joulepath::tools
