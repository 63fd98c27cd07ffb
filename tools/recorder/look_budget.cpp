#include "tools/recorder/look_budget.hpp"

#include <algorithm>
#include <utility>

namespace joulepath::tools {

void LookBudget::account(std::int64_t wall_ns, std::int64_t cpu_ns, std::int64_t looks_ns) {
  if (wall_ns <= 0) return;
  constexpr std::uint32_t kMost = 64;
  const auto wall = static_cast<double>(wall_ns);
  const double looks = static_cast<double>(looks_ns) / wall;
  const double rest = std::max(0.0, static_cast<double>(cpu_ns) / wall - looks);
  if (looks > 0) {
    const double before = all_looks_[poll_];
    const double now = looked_ ? before + (looks * every_ - before) / 3 : looks * every_;
    // A machine that has become slower is so for all of them.
    for (double& all_looks : all_looks_) all_looks *= now / before;
    looked_ = true;
  }
  // The first stretch has the recorder's start in it, which comes once.
  if (!std::exchange(started_, true)) return;
  // Over some three seconds: one slow flush is no reason to look less.
  rest_ += (rest - rest_) / 3;
  if (!looked_) return;
  std::size_t poll = 0;
  while (poll + 1 < kPolls_ns.size() && rest_ + all_looks_[poll] > share_) ++poll;
  std::uint32_t every = 1;
  while (every < kMost && rest_ + all_looks_[poll] / every > share_) ++every;
  choose(poll, every);
}

/// Less at once, more step by step: what a step costs is seen before the next.
void LookBudget::choose(std::size_t poll, std::uint32_t every) {
  const bool more_often = every < every_;
  every_ = std::max(every, every_ / 2);
  if (poll >= poll_)
    poll_ = poll;
  else if (!more_often)
    --poll_;
}

}  // namespace joulepath::tools
