#include "core/analysis/group_times.hpp"

namespace joulepath::analysis {

void GroupTimes::add(std::size_t kind, std::uint32_t group, double ns) {
  if (place_.size() <= group) place_.resize(group + 1u, kNowhere);
  auto& list = kinds_[kind];
  std::uint32_t& place = place_[group];
  if (place == kNowhere) {
    place = static_cast<std::uint32_t>(list.size());
    list.push_back({group, 0.0});
  }
  list[place].ns += ns;
}

void GroupTimes::move_to(std::vector<GroupTime>& times) {
  for (auto& list : kinds_) {
    for (const GroupTime& time : list) place_[time.group] = kNowhere;
    times.insert(times.end(), list.begin(), list.end());
    list.clear();
  }
}

}  // namespace joulepath::analysis
