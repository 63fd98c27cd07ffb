// A job's step, and the name of the session that its processes share on a node.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace joulepath::slurm {

/// Step numbers with a meaning of their own (slurm.h, SLURM_BATCH_SCRIPT and others).
inline constexpr std::uint32_t kBatchStep = 0xfffffffb;
inline constexpr std::uint32_t kExternStep = 0xfffffffc;
inline constexpr std::uint32_t kInteractiveStep = 0xfffffffa;

struct Step {
  std::uint32_t job = 0;
  std::uint32_t step = 0;

  /// A shell that starts steps and launchers itself: the batch script, or salloc's.
  [[nodiscard]] bool is_shell() const { return step == kBatchStep || step == kInteractiveStep; }
};

/// "12.0", the same on all nodes of the step. Each task of a job array has a job id of its own; all
/// parts of a heterogeneous job have its first one's here.
std::string step_name(const Step& step);
/// "slurm-12.0"; the recorder names the trace by it.
std::string session_name(const Step& step);

/// Whether a program, as it was started, only starts the ranks of an MPI launcher on its node:
/// the step is then that launcher's and not the program's.
bool is_launch_daemon(std::string_view program);

}  // namespace joulepath::slurm
