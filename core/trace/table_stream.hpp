// A long table read once from front to back through a window of bounded size, and
// handed out tick by tick. Rows must be in order of ticks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/trace/table_reader.hpp"

namespace joulepath::trace {

template <class Row>
class TableStream {
 public:
  explicit TableStream(TableReader<Row> reader) : reader_(std::move(reader)) {}

  /// Appends the rows up to and with `last_tick` to `rows`, each after check(row).
  template <class Check>
  base::Status take(std::uint32_t last_tick, std::vector<Row>& rows, Check&& check) {
    while (true) {
      if (auto status = refill(); !status) return status;
      if (at_ == window_.size()) return base::Done{};
      for (; at_ < window_.size() && window_[at_].tick <= last_tick; ++at_) {
        const Row& row = window_[at_];
        if (row.tick < tick_) return content_error("rows are not in order", reader_.handle());
        tick_ = row.tick;
        if (!check(row))
          return content_error(
              "a row at tick " + std::to_string(row.tick) + " has a key that is in no table",
              reader_.handle());
        rows.push_back(row);
      }
      if (at_ < window_.size()) return base::Done{};
    }
  }

  /// Appends at most `count` rows with a tick below `end`.
  base::Status take_first(std::size_t count, std::uint64_t end, std::vector<Row>& rows) {
    for (; count > 0; --count) {
      if (auto status = refill(); !status) return status;
      // A row that was announced but never written reads as kNone32.
      if (at_ == window_.size() || window_[at_].tick >= end || window_[at_].tick == record::kNone32)
        return base::Done{};
      const Row& row = window_[at_];
      if (started_ && row.tick <= tick_)
        return content_error("ticks are not in order", reader_.handle());
      started_ = true;
      tick_ = row.tick;
      rows.push_back(row);
      ++at_;
    }
    return base::Done{};
  }

 private:
  base::Status refill() {
    if (at_ < window_.size() || next_ == reader_.rows()) return base::Done{};
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(kWindowRows, reader_.rows() - next_));
    at_ = 0;
    if (auto status = reader_.read(next_, count, window_); !status) {
      window_.clear();
      return status;
    }
    next_ += count;
    return base::Done{};
  }

  TableReader<Row> reader_;
  std::vector<Row> window_;
  std::size_t at_ = 0;
  std::uint64_t next_ = 0;
  std::uint32_t tick_ = 0;
  bool started_ = false;
};

}  // namespace joulepath::trace
