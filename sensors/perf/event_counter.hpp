// One event of the power PMU on one CPU, open for as long as it counts. A counter that
// went away is opened again, at most once a second; what it says from then on is put so
// that the step over the break is a decrease, which can be taken for no energy. Reading
// never allocates. Single-threaded.
#pragma once

#include <cstdint>

#include "core/base/file.hpp"
#include "sensors/perf/perf_calls.hpp"

namespace joulepath::sensors::perf {

class EventCounter {
 public:
  struct Place {
    std::uint32_t type = 0;
    std::uint64_t config = 0;
    int cpu = 0;
  };

  EventCounter(const Place& place, const PerfCalls& calls) : place_(place), calls_(&calls) {}

  /// 0, or the errno of perf_event_open.
  int open() noexcept;

  struct Read {
    std::uint64_t value = 0;
    int sys_errno = 0;  ///< 0: value is good. EBADMSG: not the 8 bytes of a counter
  };
  /// `now_ns` only bounds how often a lost counter is looked for.
  Read read(std::int64_t now_ns) noexcept;

 private:
  int reopen(std::int64_t now_ns) noexcept;

  Place place_;
  const PerfCalls* calls_;
  base::Descriptor event_;
  /// Added to what the kernel counts from 0. Each break takes one off, so there is always a
  /// lower value to go on from.
  std::uint64_t offset_ = std::uint64_t{1} << 32;
  std::uint64_t last_ = offset_;  ///< handed out last
  bool resumed_ = false;          ///< opened again and not yet read
  int lost_errno_ = 0;            ///< why event_ is closed
  std::int64_t next_try_ns_ = 0;
};

}  // namespace joulepath::sensors::perf
