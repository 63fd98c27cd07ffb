// A simulated run from its description to truth and recording, all from one seed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/accuracy/sim/energy_register.hpp"
#include "tests/accuracy/sim/power.hpp"
#include "tests/accuracy/sim/recording.hpp"

namespace joulepath::accuracy {

struct Scenario {
  struct SensorSetup {
    int socket = 0;
    record::Domain domain = record::Domain::kPackage;
    RegisterSettings settings;
  };
  std::string name;
  Machine machine;
  Program program;
  std::vector<SensorSetup> sensors;
  RecorderSettings recorder;
};

struct Simulation {
  Scenario scenario;
  Truth truth;
  std::vector<EnergyRegister> counters;
  Recording recording;
};

/// Faults to put into the counters before they are read.
using Faults = std::function<void(std::vector<EnergyRegister>&)>;

Simulation simulate(Scenario scenario, std::uint64_t seed, const Faults& faults = {});

}  // namespace joulepath::accuracy
