// The process's side of a recording: its channel, the lanes of its threads, and the
// start of the node's recorder. Everything begins in MPI_Init (or MPI_Session_init), or
// where a program first names a phase or asks for its energy, and never in a constructor:
// a library preloaded into bash must do nothing, and exec keeps the pid. Any failure prints one
// line, and the program runs on unrecorded.
#pragma once

#include "core/record/channel_layout.hpp"

namespace joulepath::pmpi {

struct ThreadState;

enum class BegunBy { kMpi, kRegionApi };

/// Before the MPI initialises itself, or before the first phase: makes the channel and
/// starts a recorder where none runs, so that its first reading lies before the first phase
/// of the program. Repeated calls (several sessions, MPI_Init after a phase) do nothing.
void process_begin(ThreadState& thread, BegunBy by) noexcept;

/// A thread turns to us by itself: begins the recording where there is none. False when the
/// thread is not recorded.
bool named_a_phase(ThreadState& thread) noexcept;

/// The MPI has initialised itself with success: rank, size, library, thread level.
/// Sessions have no MPI_COMM_WORLD: the launcher's environment tells the rank there.
enum class InitKind { kWorld, kSession };
void process_ready(InitKind kind) noexcept;

/// MPI_Finalize has returned. Time still passes until the process ends.
void process_finalized() noexcept;

/// Null while nothing is recorded, and in a forked child.
record::Channel* recorded_channel() noexcept;

/// Gives the calling thread a lane; false when nothing is recorded or no lane is left.
bool thread_join(ThreadState& thread) noexcept;

}  // namespace joulepath::pmpi
