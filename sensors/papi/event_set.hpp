// Events of one component of PAPI (which lets a thread run one set of each): started once,
// read together again and again without a reset. Knows nothing of what they mean. Used by
// the thread that made it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "sensors/papi/library.hpp"

namespace joulepath::sensors::papi {

class EventSet {
 public:
  static base::Result<EventSet> create(const Papi& papi);
  EventSet(EventSet&& other) noexcept;
  EventSet& operator=(EventSet&&) = delete;
  ~EventSet();

  // Errors name the step and what PAPI says of it. An event that cannot be added leaves the
  // others as they were.
  base::Status add(const std::string& event);
  base::Status start();

  [[nodiscard]] std::size_t size() const { return values_.size(); }
  /// 0, or an errno. Does not allocate. values() are those of the last read, in the order in
  /// which the events were added.
  int read() noexcept;
  [[nodiscard]] std::span<const long long> values() const { return values_; }

 private:
  explicit EventSet(const Papi& papi) : papi_(papi) {}
  Papi papi_;
  int set_ = kNull;
  bool running_ = false;
  std::vector<long long> values_;
};

}  // namespace joulepath::sensors::papi
