// How the energy of a counter was split, ready to be shown: the power found for each
// phase, how well it explains the readings, and the static power of a socket. Plain
// values; who fits is elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/figure.hpp"

namespace joulepath::analysis {

enum class SplitMethod : std::uint8_t {
  kByTime,  ///< each tick's energy by time alone
  kFit,     ///< by a fit of power per phase over all ticks
};

constexpr std::string_view to_string(SplitMethod method) {
  return method == SplitMethod::kFit ? "fit" : "by time";
}

struct PhasePower {
  std::string phase;  ///< path; kOutsidePhases for the time outside
  Figure power_w;
};

/// One counted signal of one node.
struct FitSummary {
  std::string node;
  std::string sensor;  ///< id of the signal
  SplitMethod method = SplitMethod::kByTime;
  std::string why;                      ///< why that method: "phases are longer than the tick"
  std::vector<PhasePower> phase_power;  ///< empty when split by time
  std::optional<double> residual;       ///< root mean square of what the fit leaves, over the mean
  std::optional<double> condition;      ///< of the normal equations
  bool determined = false;              ///< false: the readings cannot tell the phases apart
  std::optional<double> edge_median_s;  ///< how exactly an update of the counter is timed
  std::optional<double> edge_p95_s;
  std::uint64_t ticks = 0;  ///< used
};

/// Power that a socket takes whatever runs on it.
struct StaticSummary {
  std::string node;
  int socket = -1;  ///< -1: of no socket
  std::string domain;
  Figure power_w;      ///< unknown with its reasons where it was neither learned nor given
  std::string origin;  ///< "learned", "configured"; empty when unknown
};

}  // namespace joulepath::analysis
