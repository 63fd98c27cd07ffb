// Decides for one leading counter whether its updates are looked for: learns its period
// by watching it for some milliseconds, follows its updates as long as that goes well, and
// leaves counters alone that are slow, irregular or do not move. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "tools/recorder/edge_tracker.hpp"
#include "tools/recorder/period_finder.hpp"

namespace joulepath::tools {

class EdgeChase {
 public:
  /// `nominal_ns`: the period that the device states; 0: none.
  EdgeChase(std::int64_t nominal_ns, std::int64_t tick_ns, std::int64_t now_ns);

  /// To be watched without a break, a slice of this length now; no pass of the recorder.
  [[nodiscard]] std::optional<Look> watch(std::int64_t now_ns) const;
  /// The look that the pass due at `due_ns` is to be taken at, with a reading each `poll_ns`;
  /// nothing: a plain pass.
  [[nodiscard]] std::optional<Look> look(std::int64_t due_ns, std::int64_t poll_ns) const;

  /// The counter changed, in a slice of watching or in a look.
  void changed(const Edge& edge);
  /// A slice of watching is over.
  void watched(std::int64_t now_ns);
  /// A look saw no change; `moved`: but there was one since the last pass.
  void missed(bool moved, std::int64_t now_ns);
  /// A plain reading between two slices of watching showed a change.
  void seen_in_passing(const Edge& edge) {
    if (state_ == State::kWatching) changed(edge);
  }
  /// A plain pass was taken.
  void passed(bool moved, std::int64_t now_ns);

  /// The period of the counter, while it is followed.
  [[nodiscard]] std::optional<std::int64_t> followed_period_ns() const {
    return tracker_ ? std::optional(tracker_->period_ns()) : std::nullopt;
  }
  /// What was measured, once it is good to a per mille or so.
  [[nodiscard]] std::optional<std::int64_t> settled_period_ns() const;

 private:
  enum class State : std::uint8_t { kWatching, kFollowing, kResting, kLeftAlone };
  [[nodiscard]] bool checks_period() const;
  void rest(std::int64_t now_ns);

  std::int64_t nominal_ns_;
  std::int64_t tick_ns_;
  State state_ = State::kWatching;
  std::int64_t watch_began_ns_;
  PeriodFinder finder_;
  std::optional<EdgeTracker> tracker_;
  bool moving_ = true;
  int moved_in_a_row_ = 0;  ///< plain passes
  std::uint32_t looks_ = 0;
  int checks_missed_ = 0;  ///< in a row
  std::int64_t retry_ns_ = 0;
  std::int64_t pause_ns_;
};

}  // namespace joulepath::tools
