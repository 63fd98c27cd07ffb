// How often the sensors must be read, whatever the user asked for. Pure.
#pragma once

#include <cstdint>
#include <span>

#include "core/record/rows.hpp"

namespace joulepath::tools {

/// `wanted_ns`, or half the shortest gap that a readable sensor allows
/// (Signal::longest_gap_ns) if that is less: so a tick may come late, or be left out, and
/// nothing is lost.
std::int64_t reading_period_ns(std::int64_t wanted_ns, std::span<const record::SensorRow> sensors);

}  // namespace joulepath::tools
