// Of candidates of which some exclude each other, the set that is worth most: exactly, by
// trying both ways with the one that excludes most others, until what is left falls apart
// into cliques. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace joulepath::sensors {

/// Compared entry by entry; the worth of a set is the sum over its members.
using Worth = std::array<std::int64_t, 10>;

/// `excludes[a][b]` is symmetric. Gives the members, in rising order.
std::vector<std::size_t> best_set(const std::vector<Worth>& worth,
                                  const std::vector<std::vector<bool>>& excludes);

}  // namespace joulepath::sensors
