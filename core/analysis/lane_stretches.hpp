// What is known of each lane for a stretch of ticks at a time: a value up to a last tick, then
// the next. Added in the order of time; read tick by tick by any number of readers, each of
// which remembers where it is. Single-threaded, values only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace joulepath::analysis {

template <class Value>
class LaneStretches {
  struct Stretch {
    std::uint64_t last_tick = 0;
    Value value;
  };

 public:
  explicit LaneStretches(std::size_t lanes) : lanes_(lanes) {}

  /// `value` holds after the lane's stretch before, up to and with `last_tick`.
  void add(std::uint32_t lane, std::uint64_t last_tick, const Value& value) {
    lanes_[lane].push_back({last_tick, value});
  }
  void drop_before(std::uint64_t tick) {
    for (auto& stretches : lanes_)
      stretches.erase(stretches.begin(),
                      std::find_if(stretches.begin(), stretches.end(), [&](const Stretch& stretch) {
                        return stretch.last_tick >= tick;
                      }));
  }

  /// Good for one walk through the ticks, while nothing is added or dropped.
  class Reader {
   public:
    explicit Reader(const LaneStretches& stretches)
        : stretches_(&stretches), next_(stretches.lanes_.size(), 0) {}
    /// Of one lane in rising order of ticks. Null: not known.
    [[nodiscard]] const Value* at(std::uint32_t lane, std::uint64_t tick) {
      const auto& own = stretches_->lanes_[lane];
      std::size_t& next = next_[lane];
      while (next < own.size() && own[next].last_tick < tick) ++next;
      return next < own.size() ? &own[next].value : nullptr;
    }

   private:
    const LaneStretches* stretches_;
    std::vector<std::size_t> next_;  ///< by lane: first stretch that may hold the next query
  };

 private:
  std::vector<std::vector<Stretch>> lanes_;
};

}  // namespace joulepath::analysis
