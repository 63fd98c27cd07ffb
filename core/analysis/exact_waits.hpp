// Puts the waits that the events explain in the place of those that the accumulators could
// only guess from the least time of such calls. So the attribution of energy takes an event
// trace as it takes any other, with better waits. Functions of which some call's cause is not
// known keep the accumulators' figure. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "core/analysis/event_trace.hpp"
#include "core/analysis/wait_causes.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

class ExactWaits {
 public:
  /// `causes` are those of `trace`, which has one node; both outlive this.
  ExactWaits(const EventTrace& trace, const WaitCauses& causes, const record::NodeTables& node);

  /// For each block of the node, in order. A wait is booked in the tick that brought its event.
  void apply(record::Block& block);

 private:
  void add_wait(record::Block& block, const record::EventRow& event, std::uint64_t wait_ns);

  const WaitCauses& causes_;
  std::vector<bool> exact_cells_;
  std::vector<bool> call_cells_;  ///< cells of MPI functions: their events are calls
  std::size_t next_call_ = 0;
};

}  // namespace joulepath::analysis
