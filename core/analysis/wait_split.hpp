// Which part of an MPI call is waiting for others, and with it the report's classes:
// the classes of the function table cut anew along the waiting inside calls.
//
//   Barrier, Test, Probe ...      all of it is waiting: they move nothing
//   Wait, Waitall ...             the waiting in it; the rest is transfer, as the data of
//                                 a request may move in them
//   transfer, one-sided, start-up the waiting in it; the rest is transfer
//   communicators and the like    the waiting in it; the rest is other
//   I/O, local calls, computing   none
//   waits of threads              all of it, in the class of threads
//
// "The waiting in it" is what a call took beyond the least time seen for a call of its
// function and size. A trace without such figures falls back on whole functions: all of
// Wait is waiting then, and nothing of a transfer. Pure; nanoseconds and joules.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/analysis/node_summary.hpp"
#include "core/analysis/report_class.hpp"

namespace joulepath::analysis {

enum class WaitPart : std::uint8_t {
  kNone,
  kMeasured,
  kAll,
  kUnknown,  ///< it may wait, but the trace does not say how long: counted as no waiting
};

class WaitSplit {
 public:
  /// Looks whether the node's trace holds any waiting inside calls.
  WaitSplit(const record::RunTables& run, const NodeResult& result);

  /// Of a function's key; one that the table does not hold is kNone.
  [[nodiscard]] WaitPart part(std::uint32_t function) const;
  /// The class of what is waiting: for other ranks, or for other threads.
  [[nodiscard]] ReportClass waiting(std::uint32_t function) const;
  /// The class of what is not waiting.
  [[nodiscard]] ReportClass beside_wait(std::uint32_t function) const;

  /// 0 where it is not known.
  [[nodiscard]] std::uint64_t wait_ns(std::uint32_t function, std::uint64_t ns,
                                      std::uint64_t wait_ns) const;
  /// Of all calls of a function: nothing where it never waits, all where it only waits,
  /// else the group's own figure, which may be unknown.
  [[nodiscard]] Figure wait_energy(std::uint32_t function, const GroupSummary& group) const;

 private:
  std::vector<WaitPart> parts_;
  std::vector<ReportClass> classes_;
};

/// Time and energy of each report class on a node. They add up to those of the node's
/// lanes; `calls` and `bytes` are left 0.
std::array<GroupSummary, kReportClasses.size()> summarize_classes(
    const record::RunTables& run, const NodeResult& result, const std::vector<GroupSummary>& groups,
    const WaitSplit& split);

}  // namespace joulepath::analysis
