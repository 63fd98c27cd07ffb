#include "core/analysis/apportion.hpp"

#include <algorithm>
#include <cassert>

namespace joulepath::analysis {

void ShareLedger::share(std::uint64_t units, std::span<const Taker> takers,
                        std::uint64_t weight_sum, std::size_t slot_count) {
  assert(weight_sum > 0);
  if (shares_.size() < slot_count) shares_.resize(slot_count, 0);
  const Wide amount = (Wide{units} << kFractionBits) + carry_;
  const Wide per_weight = amount / weight_sum;
  carry_ = amount - per_weight * weight_sum;
  total_ += units;
  for (const Taker& taker : takers) shares_[taker.slot] += per_weight * taker.weight;
}

std::vector<std::uint64_t> ShareLedger::whole_units(std::size_t slot_count) const {
  std::vector<std::uint64_t> units(std::max(slot_count, shares_.size()), 0);
  std::uint64_t given = 0;
  for (std::size_t slot = 0; slot < shares_.size(); ++slot) {
    units[slot] = static_cast<std::uint64_t>(shares_[slot] >> kFractionBits);
    given += units[slot];
  }
  std::vector<std::size_t> order;
  for (std::size_t slot = 0; slot < shares_.size(); ++slot)
    if (shares_[slot] != 0) order.push_back(slot);
  constexpr Wide kFraction = (Wide{1} << kFractionBits) - 1;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return (shares_[a] & kFraction) > (shares_[b] & kFraction);
  });
  // Only a carry above one unit could leave more units than slots: then go round again.
  for (std::size_t next = 0; given < total_ && !order.empty(); ++given, ++next)
    ++units[order[next % order.size()]];
  assert(given == total_);
  return units;
}

}  // namespace joulepath::analysis
