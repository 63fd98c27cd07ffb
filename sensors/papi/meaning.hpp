// What an event of PAPI means: its unit in joules or watts, and what of the machine it
// covers. Pure functions of the event's name and PAPI's description of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/record/signal.hpp"

namespace joulepath::sensors::papi {

struct Unit {
  std::string name;  ///< of the raw integer
  double si_per_unit = 0;
  record::Kind kind = record::Kind::kEnergy;
};

/// From PAPI's field `units` ("nJ", "mW"). Where that is empty, from "2^-32 Joules" in the
/// description: libpfm4 says so of the RAPL events of the kernel's perf_event. nullopt: it is
/// no energy and no power, or not said which.
std::optional<Unit> unit_of(std::string_view units, std::string_view description);

struct Scope {
  record::Domain domain = record::Domain::kOther;
  int package = -1;  ///< number of the package in the name
  int cpu = -1;      ///< the CPU in the name, whose package it is
};

/// kOther where the name is not known: then it is never added to anything.
Scope scope_of(std::string_view event);

}  // namespace joulepath::sensors::papi
