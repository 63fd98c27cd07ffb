// Which of all signals make up the node's total, so that no joule is counted twice:
// two backends (or two zones) with the same joules, a package and its cores, a
// platform and its packages, a sensor and the estimate. Pure functions; nothing is
// opened or read here.
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
/// reason. The rules, in this order:
/// 1. Of signals with the same joules one stays: a readable one before one that is
///    not, a sensor before a fallback, then the higher priority, then the first. A
///    readable fallback never hides a sensor that only lacks permission.
/// 2. The total is made of packages. Where none is readable it is the node's one
///    figure, else the modules', else the platform's; what those contain is not added.
/// 3. Memory and GPUs are added unless rule 2 says they are contained. Cores and uncore
///    are part of their package; they count only where the package was not selected.
/// 4. A signal of unknown scope is never added, nor a part of a GPU that can be read.
void choose(std::span<Candidate> candidates);

}  // namespace joulepath::sensors
