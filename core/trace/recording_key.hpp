// What tells the recordings of nodes apart, so that no file's joules count twice. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "core/record/rows.hpp"

namespace joulepath::trace {

/// The same in all copies of what one recorder wrote: the node, and when it began, by both clocks.
using RecordingKey = std::tuple<std::string, std::int64_t, std::int64_t>;

inline RecordingKey recording_key(const record::NodeInfo& info) {
  return {info.identity, info.start_utc_ns, info.start_monotonic_ns};
}

}  // namespace joulepath::trace
