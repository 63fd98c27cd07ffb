#include "tools/recorder/edge_chase.hpp"

#include <algorithm>

namespace joulepath::tools {
namespace {

constexpr std::int64_t kSlice_ns = 1'500'000;   // signals and new processes wait no longer
constexpr std::int64_t kWatch_ns = 20'000'000;  // in all, at most
constexpr std::int64_t kNothing_ns = 5'000'000;
constexpr std::int64_t kPoll_ns = 50'000;
constexpr std::int64_t kFirstPause_ns = 250'000'000;
constexpr std::int64_t kLongestPause_ns = 64'000'000'000;

}  // namespace

EdgeChase::EdgeChase(std::int64_t nominal_ns, std::int64_t tick_ns, std::int64_t now_ns)
    : nominal_ns_(nominal_ns),
      tick_ns_(tick_ns),
      watch_began_ns_(now_ns),
      pause_ns_(kFirstPause_ns) {
  if (2 * nominal_ns > tick_ns) state_ = State::kLeftAlone;
}

std::optional<Look> EdgeChase::watch(std::int64_t now_ns) const {
  if (state_ != State::kWatching) return std::nullopt;
  return Look{now_ns, now_ns + kSlice_ns, now_ns + kSlice_ns, kPoll_ns};
}

std::optional<Look> EdgeChase::look(std::int64_t due_ns, std::int64_t poll_ns) const {
  if (state_ != State::kFollowing || !moving_) return std::nullopt;
  return tracker_->next(checks_period() ? due_ns + tracker_->period_ns() : due_ns, poll_ns);
}

/// Looks that are a tick apart also find updates of twice the period, or of any other that
/// the tick is a multiple of. So now and then the look is for the update after the next:
/// only with the right period there is one.
bool EdgeChase::checks_period() const {
  constexpr std::uint32_t kEvery = 8;
  return looks_ % kEvery == kEvery - 1;
}

void EdgeChase::changed(const Edge& edge) {
  moving_ = true;
  if (state_ == State::kFollowing) {
    tracker_->seen(edge);
    if (checks_period()) checks_missed_ = 0;
    ++looks_;
    if (tracker_->lost()) rest(edge.hi_ns);
    return;
  }
  if (state_ != State::kWatching) return;
  finder_.seen(edge);
  const auto period_ns = finder_.period_ns();
  if (!period_ns) return;
  if (2 * *period_ns > tick_ns_) {
    state_ = State::kLeftAlone;
    return;
  }
  tracker_.emplace(*period_ns, edge);
  looks_ = 0;
  checks_missed_ = 0;
  state_ = State::kFollowing;
  pause_ns_ = kFirstPause_ns;
}

void EdgeChase::watched(std::int64_t now_ns) {
  if (state_ != State::kWatching) return;
  const std::int64_t so_far_ns = now_ns - watch_began_ns_;
  const bool nothing = !finder_.any() && so_far_ns >= std::max(kNothing_ns, 3 * nominal_ns_);
  if (nothing || so_far_ns >= kWatch_ns) rest(now_ns);
}

void EdgeChase::missed(bool moved, std::int64_t now_ns) {
  moving_ = moved;
  // A counter that stands still (nothing was used) is not one whose updates went astray.
  if (!moved || !tracker_) return;
  constexpr int kMostChecks = 5;
  tracker_->missed();
  if (checks_period()) ++checks_missed_;
  ++looks_;
  if (tracker_->lost() || checks_missed_ >= kMostChecks) rest(now_ns);
}

void EdgeChase::passed(bool moved, std::int64_t now_ns) {
  // One that does not move at every tick is slower than them.
  constexpr int kFast = 4;
  moving_ = moved;
  moved_in_a_row_ = moved ? moved_in_a_row_ + 1 : 0;
  if (state_ != State::kResting || moved_in_a_row_ < kFast || now_ns < retry_ns_) return;
  state_ = State::kWatching;
  watch_began_ns_ = now_ns;
  finder_.forget();
}

void EdgeChase::rest(std::int64_t now_ns) {
  state_ = State::kResting;
  tracker_.reset();
  retry_ns_ = now_ns + pause_ns_;
  pause_ns_ = std::min(2 * pause_ns_, kLongestPause_ns);
}

std::optional<std::int64_t> EdgeChase::settled_period_ns() const {
  if (tracker_ && tracker_->settled()) return tracker_->period_ns();
  return std::nullopt;
}

}  // namespace joulepath::tools
