// MPI calls as events, one row each: what an event trace holds of them, in memory, as far
// as finding the causes of waits needs it. Times are nanoseconds on one clock for all
// ranks; how far the ranks' clocks may be apart is told with them.
// Made of a trace's rows by event_trace.hpp.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/record/event_kind.hpp"

namespace joulepath::analysis {

/// How a call waits for what it completes.
enum class Blocking : std::uint8_t {
  kNone,        ///< returns at once: Isend, Test, Iprobe
  kUntilAll,    ///< Send, Recv, Wait, Waitall, collectives
  kUntilFirst,  ///< Waitany, Waitsome
};

/// `t_end_ns` of a call that had not returned when the trace ended.
inline constexpr std::int64_t kNotEnded = std::numeric_limits<std::int64_t>::max();

/// One call, or polls in a row that found nothing. Rows of one (rank, lane) are in time order and
/// do not overlap.
struct CallEvent {
  std::int32_t rank = 0;       ///< in MPI_COMM_WORLD
  std::uint32_t lane = 0;      ///< key of the lanes table of the rank's node
  std::uint32_t function = 0;  ///< key of the functions table
  std::int64_t t_begin_ns = 0;
  std::int64_t t_end_ns = 0;
  std::uint64_t bytes = 0;
  Blocking blocking = Blocking::kUntilAll;
  std::uint32_t polls = 0;  ///< so many calls in a row that found nothing; 0: one call
};

using record::OperationKind;

inline constexpr std::uint64_t kNoRequest = 0;

/// What a call starts. Most calls start one, Sendrecv two, Startall many, Wait none.
/// PROC_NULL and cancelled receives start nothing; Mrecv's receive is its Mprobe's.
struct Operation {
  std::uint32_t call = 0;  ///< index into CallTrace::calls; several keep the call's order
  OperationKind kind = OperationKind::kOther;
  std::uint32_t communicator = 0;
  std::int32_t peer = -1;  ///< in MPI_COMM_WORLD: the other side, also of ANY_SOURCE; the root
  std::int32_t tag = 0;    ///< the message's own, also of ANY_TAG
  std::uint64_t request = kNoRequest;  ///< kNoRequest: complete when its own call returns
};

/// The call saw a request of its rank complete. A number may come again after that.
struct Completion {
  std::uint32_t call = 0;
  std::uint64_t request = kNoRequest;
};

struct Communicator {
  std::uint32_t communicator = 0;
  std::vector<std::int32_t> members;  ///< in MPI_COMM_WORLD
};

struct CallTrace {
  std::vector<CallEvent> calls;
  std::vector<Operation> operations;
  std::vector<Completion> completions;
  std::vector<Communicator> communicators;
  std::vector<std::int32_t> incomplete_ranks;  ///< events of theirs were lost
  std::vector<std::int32_t> unsure_receivers;  ///< it is not known from whom they received all
  std::int64_t clock_error_ns = 0;             ///< most that two ranks' clocks are apart
};

}  // namespace joulepath::analysis
