// Which of all signals make up the node's total, so that no joule is counted twice and none
// is left out that can be read: two backends (or two zones) with the same joules, a package
// and its cores, a module or node and its parts, a sensor and the estimate. Pure functions;
// nothing is opened or read here.
#pragma once

#include <span>

#include "sensors/api/source.hpp"

namespace joulepath::sensors {

/// A signal and who found it.
struct Candidate {
  record::Signal signal;
  const Backend* backend = nullptr;
};

/// True when a readable signal of a backend that is no fallback covers the CPUs
/// (package, module, platform or node): then no fallback is to be used.
[[nodiscard]] bool cpus_are_covered(std::span<const Candidate> candidates);

/// Sets counted, excluded_by, contained_in and, for what is readable but not counted,
/// reason. Counted is, of the readable signals of which no two may hold the same joule
/// (scope.hpp), the set that
/// 1. accounts for most of the CPUs by energy counters, then by any sensor; and then for most
///    of the whole machine in the same way; a device that is there but not readable is part
///    of the machine;
/// 2. has a model for the rest;
/// 3. has the CPUs in a figure that is not said to be part of another readable one, which
///    holds a rest besides; then is made of the finest parts: packages before a module, a
///    platform, the node;
/// 4. has the higher priority, then comes first.
/// Cores and uncore are part of their package: they count only where nothing that contains
/// them was selected, and are part of it by one source only, however many tell of them. A signal of
/// unknown scope never counts. A readable fallback never hides a sensor that only lacks permission.
void choose(std::span<Candidate> candidates);

}  // namespace joulepath::sensors
