#include "core/analysis/analysed_node.hpp"

#include "core/base/bytes.hpp"
#include "core/record/table_bytes.hpp"

namespace joulepath::record {

template <class Archive>
void fields(Archive& archive, base::Is<Reading> auto& reading) {
  auto& [t_lo, t_hi, raw] = reading;
  archive(t_lo, t_hi, raw);
}

}  // namespace joulepath::record

namespace joulepath::analysis {

template <class Archive>
void fields(Archive& archive, base::Is<CounterFacts> auto& facts) {
  auto& [samples, first, last, difference, intervals, lost, lost_ns, unread_end, unusable, unseen,
         rate, widest] = facts;
  archive(samples, first, last, difference, intervals, lost, lost_ns, unread_end, unusable, unseen,
          rate, widest);
}
template <class Archive>
void fields(Archive& archive, base::Is<GroupBounds> auto& bounds) {
  auto& [lo, hi, active, fitted] = bounds;
  archive(lo, hi, active, fitted);
}
template <class Archive>
void fields(Archive& archive, base::Is<FitFacts> auto& facts) {
  auto& [fitted, timed, residual, absent, widths] = facts;
  archive(fitted, timed, residual, absent, widths);
}
template <class Archive>
void fields(Archive& archive, base::Is<ToldApart> auto& told) {
  auto& [cores, cycles, cpu_time] = told;
  archive(cores, cycles, cpu_time);
}
template <class Archive>
void fields(Archive& archive, base::Is<SignalResult> auto& signal) {
  auto& [facts, shared, by_slot, rest, rest_runs, others_most, bounds, fit, told, power, users] =
      signal;
  archive(facts, shared, by_slot, rest, rest_runs, others_most, bounds, fit, told);
  // Of the static power its outcome: nothing is added to it any more.
  StaticSource source = power.source();
  double units_per_ns = power.units_per_ns();
  archive(source, units_per_ns, users);
  if constexpr (!std::is_const_v<std::remove_reference_t<decltype(signal)>>)
    power = IdlePower(source, units_per_ns);
}
template <class Archive>
void fields(Archive& archive, base::Is<Slot> auto& slot) {
  auto& [lane, cell, ns, calls, bytes, wait_ns, groups] = slot;
  archive(lane, cell, ns, calls, bytes, wait_ns, groups);
}
template <class Archive>
void fields(Archive& archive, base::Is<GroupLayout> auto& layout) {
  auto& [first, count] = layout;
  archive(first, count);
}
template <class Archive>
void fields(Archive& archive, base::Is<LaneCpu> auto& cpu) {
  auto& [known, ns, cpus] = cpu;
  archive(known, ns, cpus);
}
template <class Archive>
void fields(Archive& archive, base::Is<Counted> auto& counted) {
  auto& [value, lo, hi] = counted;
  archive(value, lo, hi);
}
template <class Archive>
void fields(Archive& archive, base::Is<CounterResult> auto& counter) {
  auto& [total, by_phase] = counter;
  archive(total, by_phase);
}
template <class Archive>
void fields(Archive& archive, base::Is<SharedNode> auto& shared) {
  auto& [job, others, shared_ns, first, last, sessions] = shared;
  archive(job, others, shared_ns, first, last, sessions);
}
template <class Archive>
void fields(Archive& archive, base::Is<NodeResult> auto& result) {
  auto& [signals, slots, groups, lane_cpu, counters, counted_cpu, ticks, first, last, shared,
         ignored] = result;
  archive(signals, slots, groups, lane_cpu, counters, counted_cpu, ticks, first, last, shared,
          ignored);
}

template <class Archive>
void fields(Archive& archive, base::Is<AnalysedNode> auto& node) {
  auto& [tables, result] = node;
  archive(tables, result);
}

std::string to_bytes(const AnalysedNode& node) {
  return base::to_bytes(node);
}

std::optional<AnalysedNode> analysed_node(std::string_view bytes) {
  return base::from_bytes<AnalysedNode>(bytes);
}

}  // namespace joulepath::analysis
