#include "core/analysis/shared_bounds.hpp"

namespace joulepath::analysis {

void SharedBounds::add(std::span<const WindowTaker> takers, const SlotTable& slots,
                       std::uint64_t units, std::uint64_t others_units, bool told) {
  const std::size_t groups = slots.groups().count;
  lo_.resize(groups, 0.0);
  hi_.resize(groups, 0.0);
  members_.assign(groups, 0);
  std::uint32_t count = 0;
  const auto kProcess = static_cast<std::size_t>(GroupKind::kProcess);
  std::uint32_t first_process = record::kNone32;
  for (const WindowTaker& taker : takers) {
    if ((told ? taker.busy : taker.ns) <= 0.0f) continue;
    ++count;
    const Slot& slot = slots.slots()[taker.slot];
    for (const std::uint32_t group : slot.groups) ++members_[group];
    if (first_process == record::kNone32) first_process = slot.groups[kProcess];
    several_ = several_ || first_process != slot.groups[kProcess];
  }
  several_ = several_ || others_units != 0;
  for (std::size_t group = 0; group < groups; ++group) {
    if (members_[group] == 0) continue;
    hi_[group] += static_cast<double>(units + others_units);
    if (told && members_[group] == count && others_units == 0)
      lo_[group] += static_cast<double>(units);
  }
}

void SharedBounds::apply(std::vector<GroupBounds>& bounds) const {
  for (std::size_t group = 0; group < bounds.size(); ++group)
    if (bounds[group].active && group < hi_.size())
      bounds[group] = {lo_[group], hi_[group], true, false};
}

}  // namespace joulepath::analysis
