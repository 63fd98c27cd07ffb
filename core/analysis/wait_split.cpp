#include "core/analysis/wait_split.hpp"

#include <algorithm>

#include "core/analysis/figure_parts.hpp"

namespace joulepath::analysis {
namespace {

WaitPart part_of(const record::FunctionRow& function, bool recorded) {
  const std::string_view name = function.class_name;
  if (name == "wait") {
    const bool completes_requests = function.name.starts_with("MPI_Wait");
    return completes_requests && recorded ? WaitPart::kMeasured : WaitPart::kAll;
  }
  if (name == "thread_wait") return WaitPart::kAll;
  const bool meets_others = name == "transfer" || name == "rma" || name == "init" || name == "comm";
  if (!meets_others) return WaitPart::kNone;
  return recorded ? WaitPart::kMeasured : WaitPart::kUnknown;
}

std::size_t index_of(ReportClass report_class) {
  return static_cast<std::size_t>(report_class);
}

}  // namespace

WaitSplit::WaitSplit(const record::RunTables& run, const NodeResult& result) {
  const bool recorded = std::any_of(result.slots.begin(), result.slots.end(),
                                    [](const Slot& slot) { return slot.wait_ns > 0; });
  for (const auto& function : run.functions) {
    parts_.push_back(part_of(function, recorded));
    const ReportClass report_class = report_class_of(function.class_name);
    classes_.push_back(report_class == ReportClass::kWait ? ReportClass::kTransfer : report_class);
  }
}

WaitPart WaitSplit::part(std::uint32_t function) const {
  return function < parts_.size() ? parts_[function] : WaitPart::kNone;
}

ReportClass WaitSplit::waiting(std::uint32_t function) const {
  return beside_wait(function) == ReportClass::kThreads ? ReportClass::kThreads
                                                        : ReportClass::kWait;
}

ReportClass WaitSplit::beside_wait(std::uint32_t function) const {
  return function < classes_.size() ? classes_[function] : ReportClass::kOther;
}

std::uint64_t WaitSplit::wait_ns(std::uint32_t function, std::uint64_t ns,
                                 std::uint64_t wait_ns) const {
  switch (part(function)) {
    case WaitPart::kAll: return ns;
    case WaitPart::kMeasured: return std::min(ns, wait_ns);
    case WaitPart::kNone:
    case WaitPart::kUnknown: break;
  }
  return 0;
}

Figure WaitSplit::wait_energy(std::uint32_t function, const GroupSummary& group) const {
  const WaitPart waiting = part(function);
  if (!group.energy.known() || waiting == WaitPart::kAll) return group.energy;
  if (waiting == WaitPart::kUnknown)
    return unknown_figure("the trace does not hold the waiting inside calls");
  if (waiting == WaitPart::kNone || group.wait_ns == 0) return zero_figure(group.energy.basis);
  if (group.wait_energy.known() || !group.wait_energy.missing.empty()) return group.wait_energy;
  return unknown_figure("the energy of waiting inside calls is not told from that of transfer");
}

// The class groups hold whole functions; what the split cuts otherwise moves between them.
std::array<GroupSummary, kReportClasses.size()> summarize_classes(
    const record::RunTables& run, const NodeResult& result, const std::vector<GroupSummary>& groups,
    const WaitSplit& split) {
  std::array<GroupSummary, kReportClasses.size()> classes;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto& group =
        groups[result.groups.index(GroupKind::kClass, static_cast<std::uint32_t>(i))];
    classes[i].ns = group.ns;
    classes[i].active = group.active;
    classes[i].energy = group.energy;
  }
  struct Move {
    Figure out;
    Figure in;
  };
  std::array<Move, kReportClasses.size()> moves;
  for (std::uint32_t function = 0; function < run.functions.size(); ++function) {
    const auto& group = groups[result.groups.index(GroupKind::kFunction, function)];
    if (!group.active || split.part(function) != WaitPart::kMeasured) continue;
    const std::uint64_t wait_ns = split.wait_ns(function, group.ns, group.wait_ns);
    const std::size_t wait = index_of(ReportClass::kWait);
    const std::size_t beside = index_of(split.beside_wait(function));
    // A function of class wait lies in that group, and its rest moves out of it.
    const bool from_wait =
        report_class_of(run.functions[function].class_name) == ReportClass::kWait;
    const std::size_t from = from_wait ? wait : beside;
    const std::size_t to = from_wait ? beside : wait;
    const std::uint64_t moved_ns = from_wait ? group.ns - wait_ns : wait_ns;
    if (moved_ns == 0) continue;
    const Figure waiting = split.wait_energy(function, group);
    const Figure moved = from_wait ? without(group.energy, waiting) : waiting;
    classes[from].ns -= moved_ns;
    classes[to].ns += moved_ns;
    classes[to].active = true;
    for (const std::size_t touched : {from, to}) {
      if (moved.known()) continue;
      // Part of it went elsewhere, and nobody knows how much.
      for (const auto& why : moved.missing) classes[touched].energy.note_missing(why);
      classes[touched].energy.basis = Basis::kUnknown;
    }
    moves[from].out.add(moved);
    moves[to].in.add(moved);
  }
  for (std::size_t i = 0; i < classes.size(); ++i) {
    Figure& energy = classes[i].energy;
    if (!energy.known()) continue;
    if (moves[i].out.known()) energy = without(energy, moves[i].out);
    if (moves[i].in.known()) energy.add(moves[i].in);
  }
  return classes;
}

}  // namespace joulepath::analysis
