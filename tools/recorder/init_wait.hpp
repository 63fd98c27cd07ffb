// Keeps the recorder's slow preparations (topology, HDF5) out of the ranks' MPI_Init,
// where all ranks wait for the slowest: on a full node they would take a core from it.
#pragma once

#include "core/record/session.hpp"

namespace joulepath::tools {

/// Returns when a process of the session has left MPI_Init or ended, or after two seconds
/// at the latest. Sleeps all that time but for short looks.
void wait_for_mpi_init(const record::SessionPath& session);

}  // namespace joulepath::tools
