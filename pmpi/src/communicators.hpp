// Names for communicators that all their members agree on without a message: what event mode
// needs to bring the ranks' calls together. Intercommunicators, and those of sessions, have
// none. Lock-free to ask; making and freeing takes a lock.
#pragma once

#include <cstdint>

#include "pmpi/src/abi.hpp"

namespace joulepath::pmpi {

/// MPI_COMM_WORLD and MPI_COMM_SELF, once MPI is initialised.
void add_predefined_communicators() noexcept;
/// A new communicator, on every member in the same order as others with these members.
void add_communicator(Arg handle) noexcept;
/// Before it is freed, by whomever.
void forget_communicator(Arg handle) noexcept;
/// Its entry in the event file; record::kNoCommunicator when it has none.
std::uint16_t communicator_index(Arg handle) noexcept;

}  // namespace joulepath::pmpi
