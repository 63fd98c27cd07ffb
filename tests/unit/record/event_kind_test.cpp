// What the functions are to event mode: a few of each kind, as the table has them.
#include "core/record/event_kind.hpp"

#include <gtest/gtest.h>

namespace joulepath::record {
namespace {

TEST(EventKindTest, FunctionsByName) {
  const auto is = [](std::string_view name, OperationKind operation, EventRole role, bool waits) {
    const EventRule rule = event_rule(name);
    EXPECT_EQ(rule.operation, operation) << name;
    EXPECT_EQ(rule.role, role) << name;
    EXPECT_EQ(rule.waits, waits) << name;
  };
  is("MPI_Send", OperationKind::kSend, EventRole::kBlocking, true);
  is("MPI_Ssend_c", OperationKind::kSynchronousSend, EventRole::kBlocking, true);
  is("MPI_Isend", OperationKind::kSend, EventRole::kRequest, false);
  is("MPI_Recv_init", OperationKind::kReceive, EventRole::kPersistent, false);
  is("MPI_Mprobe", OperationKind::kReceive, EventRole::kBlocking, true);
  is("MPI_Sendrecv", OperationKind::kExchange, EventRole::kBlocking, true);
  is("MPI_Barrier", OperationKind::kAllToAll, EventRole::kBlocking, true);
  is("MPI_Bcast", OperationKind::kFromRoot, EventRole::kBlocking, true);
  is("MPI_Reduce", OperationKind::kToRoot, EventRole::kBlocking, true);
  is("MPI_Startall", OperationKind::kNone, EventRole::kStart, false);
  is("MPI_Waitall", OperationKind::kNone, EventRole::kCompletes, true);
  is("MPI_Waitany", OperationKind::kNone, EventRole::kCompletesFirst, true);
  is("MPI_Test", OperationKind::kNone, EventRole::kCompletes, false);
  is("MPI_Win_fence", OperationKind::kOther, EventRole::kPlain, true);
  is("MPI_Cancel", OperationKind::kNone, EventRole::kUnfollowed, false);
  is("MPI_Comm_rank", OperationKind::kNone, EventRole::kPlain, false);
  is("MPI_From_the_future", OperationKind::kNone, EventRole::kPlain, false);
}

}  // namespace
}  // namespace joulepath::record
