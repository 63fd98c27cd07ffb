// Events that do not fit one record: tags beyond 16 bits, calls with many requests.
#pragma once

#include "pmpi/src/event_rules.hpp"
#include "pmpi/src/thread_state.hpp"

namespace joulepath::pmpi {

/// Puts `event` with all that `parts` holds, in as many records as it takes.
void put_long_event(ThreadTables& tables, record::EventRecord event,
                    const EventCall& parts) noexcept;

}  // namespace joulepath::pmpi
