// What each MPI function is to event mode: the operation that it starts, and how. From the
// `event` column of pmpi/gen/mpi_functions.tsv, where the function's name is looked up too.
#pragma once

#include <cstdint>
#include <string_view>

namespace joulepath::record {

enum class OperationKind : std::uint8_t {
  kNone,
  kSend,             ///< standard mode: MPI may copy the data and return
  kSynchronousSend,  ///< returns only once the receive is there
  kBufferedSend,     ///< never waits for its receiver: Bsend, Rsend
  kReceive,
  kExchange,  ///< a send and a receive in one call: Sendrecv
  kAllToAll,  ///< nobody leaves before all are there: Barrier, Allreduce, Alltoall
  kFromRoot,  ///< nobody leaves before the root is there: Bcast, Scatter
  kToRoot,    ///< the root leaves last: Gather, Reduce
  kOther,     ///< may wait, in a way that is not known here
};

enum class EventRole : std::uint8_t {
  kPlain,           ///< a call that starts and completes nothing that is followed
  kBlocking,        ///< its operation is complete when it returns
  kRequest,         ///< starts its operation under a request
  kPersistent,      ///< makes a request that kStart starts, maybe many times
  kStart,           ///< Start, Startall
  kCompletes,       ///< completes requests, waits for all of them: Wait, Waitall, Test
  kCompletesFirst,  ///< waits for the first of them: Waitany, Waitsome
  kUnfollowed,      ///< moves messages in a way that is not followed: what else its rank
                    ///< sends and receives cannot be put in order any more
};

struct EventRule {
  OperationKind operation = OperationKind::kNone;
  EventRole role = EventRole::kPlain;
  bool waits = false;  ///< it can wait for another process
};

/// Of "MPI_Send"; of a name that is not in the table what changes nothing.
EventRule event_rule(std::string_view function);

/// The same by the function's key.
const EventRule& event_rule(std::uint32_t function);

}  // namespace joulepath::record
