// MPI_Pcontrol as a user's way to steer us. By default level 0 pauses the calling thread's
// phases and level 1 resumes them; with JOULEPATH_PCONTROL=ipm the calls begin and end
// phases, as programs written for IPM have them:
//   MPI_Pcontrol(1, "label");  MPI_Pcontrol(-1, "label");
// Whatever else it is called with has no effect here; each call is forwarded as it came.
#pragma once

#include <cstddef>

#include "pmpi/src/abi.hpp"

namespace joulepath::pmpi {

struct ThreadState;

/// Copies the text at `address`, which may be anything: callers without a label leave
/// garbage in its place. False unless it is printable, ends within the room, and is there.
bool read_label(Arg address, char* label, std::size_t room) noexcept;

/// Does what MPI_Pcontrol(level, label) asks for, after the call.
void control_profiling(ThreadState& thread, Arg level, Arg label) noexcept;

/// As the wrappers call it: with all that may have been an argument.
template <class... Others>
void control_profiling(ThreadState& thread, Arg level, Arg label, Others...) noexcept {
  control_profiling(thread, level, label);
}

}  // namespace joulepath::pmpi
