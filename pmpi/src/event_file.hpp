// This process's event file (core/record/event_layout.hpp) and the rings of its threads.
// Without it, or where a ring finds no memory, the process is recorded without events.
#pragma once

#include <cstdint>

#include "core/record/event_layout.hpp"
#include "core/record/event_writer.hpp"

namespace joulepath::pmpi {

/// JOULEPATH_EVENTS asks for events.
bool events_wanted() noexcept;

/// Makes the event file beside the channel `channel_path`, under the name that belongs to it.
/// Returns 0 or an errno.
int open_event_file(const char* channel_path) noexcept;

/// Null without an event file.
record::EventFile* event_file() noexcept;

/// In a forked child, whose events would mix with its parent's.
void abandon_event_file() noexcept;

/// Gives the thread that holds `lane` its ring; counts it as refused where there is no memory.
void open_ring(record::EventWriter& events, std::uint32_t lane, std::uint32_t generation,
               std::uint64_t now) noexcept;

}  // namespace joulepath::pmpi
