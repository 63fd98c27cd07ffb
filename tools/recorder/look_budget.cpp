#include "tools/recorder/look_budget.hpp"

#include <algorithm>

namespace joulepath::tools {

void LookBudget::account(std::int64_t wall_ns, std::int64_t cpu_ns, std::int64_t looks_ns) {
  if (wall_ns <= 0) return;
  constexpr std::uint32_t kMost = 64;
  const auto wall = static_cast<double>(wall_ns);
  const double looks = static_cast<double>(looks_ns) / wall;
  const double rest = std::max(0.0, static_cast<double>(cpu_ns) / wall - looks);
  const double all_looks = looks * every_;
  // Over some three seconds: one slow flush is no reason to look less.
  const double weight = known_ ? 1.0 / 3 : 1.0;
  rest_ += weight * (rest - rest_);
  all_looks_ += weight * (all_looks - all_looks_);
  known_ = true;
  std::uint32_t wanted = 1;
  while (wanted < kMost && rest_ + all_looks_ / wanted > share_) ++wanted;
  // Less at once, more step by step: what a step costs is seen before the next.
  every_ = std::max(wanted, every_ / 2);
}

}  // namespace joulepath::tools
