#include "core/analysis/fit_classes.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace joulepath::analysis {
namespace {

/// More classes than these make a fit slow, and need many intervals to be told apart.
constexpr std::size_t kMostByProcess = 16;
constexpr std::size_t kMostClasses = 48;
constexpr std::size_t kIntervalsPerClass = 8;

std::uint32_t group_of(const Slot& slot, GroupKind kind) {
  return slot.groups[static_cast<std::size_t>(kind)];
}

}  // namespace

FitClasses::FitClasses(const SlotTable& slots, std::span<const std::uint32_t> present,
                       std::size_t intervals, bool by_process)
    : by_slot_(slots.slots().size(), kNone), layout_(slots.groups()) {
  const std::size_t most = std::min(kMostClasses, intervals / kIntervalsPerClass);
  if (!by_process || divide(slots, present, Detail::kProcess) > std::min(kMostByProcess, most))
    if (divide(slots, present, Detail::kPhase) > most) divide(slots, present, Detail::kKind);
  find_parts(slots, present);
  find_groups(slots, present);
}

void FitClasses::find_parts(const SlotTable& slots, std::span<const std::uint32_t> present) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> parts;
  std::vector<std::uint32_t> lanes_of_class(count_, 0);
  for (const std::uint32_t index : present)
    if (parts.try_emplace({by_slot_[index], slots.slots()[index].lane}, kNone).second)
      ++lanes_of_class[by_slot_[index]];
  for (auto& [pair, part] : parts) {
    if (lanes_of_class[pair.first] < 2) continue;
    part = static_cast<std::uint32_t>(class_of_part_.size());
    class_of_part_.push_back(pair.first);
  }
  part_of_slot_.assign(slots.slots().size(), kNone);
  for (const std::uint32_t index : present)
    part_of_slot_[index] = parts.at({by_slot_[index], slots.slots()[index].lane});
}

std::size_t FitClasses::divide(const SlotTable& slots, std::span<const std::uint32_t> present,
                               Detail detail) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, std::uint32_t> known;
  for (const std::uint32_t index : present) {
    const Slot& slot = slots.slots()[index];
    const auto key =
        std::tuple(detail == Detail::kProcess ? group_of(slot, GroupKind::kProcess) : kNone,
                   detail != Detail::kKind ? group_of(slot, GroupKind::kPhase) : kNone,
                   is_compute(slot, layout_));
    by_slot_[index] =
        known.try_emplace(key, static_cast<std::uint32_t>(known.size())).first->second;
  }
  count_ = known.size();
  return count_;
}

void FitClasses::find_groups(const SlotTable& slots, std::span<const std::uint32_t> present) {
  shares_class_.assign(layout_.count, false);
  for (std::size_t kind = 0; kind < kGroupKinds; ++kind) {
    auto& groups = group_of_class_[kind];
    groups.assign(count_, kNone);
    for (const std::uint32_t index : present) {
      std::uint32_t& group = groups[by_slot_[index]];
      const std::uint32_t own = slots.slots()[index].groups[kind];
      group = group == kNone || group == own ? own : kSeveral;
    }
    for (const std::uint32_t index : present)
      if (groups[by_slot_[index]] == kSeveral)
        shares_class_[slots.slots()[index].groups[kind]] = true;
  }
}

std::optional<std::vector<bool>> FitClasses::members(std::uint32_t group) const {
  if (shares_class_[group]) return std::nullopt;
  std::vector<bool> members(count_, false);
  for (const auto& groups : group_of_class_)
    for (std::size_t c = 0; c < count_; ++c)
      if (groups[c] == group) members[c] = true;
  return members;
}

}  // namespace joulepath::analysis
