#include "tests/accuracy/sim/simulation.hpp"

#include <utility>

namespace joulepath::accuracy {

Simulation simulate(Scenario scenario, std::uint64_t seed, const Faults& faults) {
  Random random(seed);
  Truth truth = truth_of(scenario.machine, scenario.program);
  std::vector<EnergyRegister> counters;
  for (const auto& sensor : scenario.sensors)
    counters.emplace_back(truth.sockets[static_cast<std::size_t>(sensor.socket)], sensor.settings,
                          scenario.machine.begin_ns, scenario.machine.end_ns, random);
  if (faults) faults(counters);
  std::vector<Sensor> sensors;
  for (std::size_t i = 0; i < counters.size(); ++i)
    sensors.push_back({scenario.sensors[i].socket, scenario.sensors[i].domain, &counters[i]});
  Recording recording =
      record_run(scenario.machine, scenario.program, sensors, scenario.recorder, random);
  return {std::move(scenario), std::move(truth), std::move(counters), std::move(recording)};
}

}  // namespace joulepath::accuracy
