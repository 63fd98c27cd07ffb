#include "tests/accuracy/sim/power_meter.hpp"

#include <algorithm>
#include <cmath>

namespace joulepath::accuracy {
namespace {

double shown_watts(const SocketPower& power, const MeterSettings& settings, std::int64_t update_ns,
                   std::int64_t begin_ns) {
  if (settings.window_ns == 0) return power.watts(update_ns);
  // Whole updates make up the window; of each the last part is sampled.
  const std::int64_t step_ns = std::min(settings.period_ns, settings.window_ns);
  const auto sampled_ns =
      static_cast<std::int64_t>(static_cast<double>(step_ns) * settings.sampled);
  double joules = 0.0;
  double seconds = 0.0;
  for (std::int64_t end = update_ns; end > update_ns - settings.window_ns; end -= step_ns) {
    if (end - sampled_ns < begin_ns) break;
    joules += power.joules(end - sampled_ns, end);
    seconds += static_cast<double>(sampled_ns) * 1e-9;
  }
  return seconds > 0.0 ? joules / seconds : power.watts(update_ns);
}

}  // namespace

void meter_instead_of_counter(Simulation& simulation, const MeterSettings& settings) {
  const SocketPower& power = simulation.truth.sockets[0];
  Recording& recording = simulation.recording;
  record::Signal& signal = recording.node.sensors[0].signal;
  signal.kind = settings.window_ns > 0 ? record::Kind::kPowerAveraged : record::Kind::kPower;
  signal.unit = "uW";
  signal.si_per_unit = 1e-6;
  signal.modulus = 0;
  signal.update_period_ns = settings.declared ? settings.period_ns : 0;
  signal.averaging_ns = settings.declared ? settings.window_ns : 0;
  signal.sampled_share = settings.sampled;
  signal.provenance = record::Provenance::kDeviceAveraged;
  const std::int64_t origin_ns = simulation.scenario.machine.begin_ns;
  SensorSpan& span = recording.spans[0];
  bool first = true;
  for (record::Block& block : recording.blocks) {
    for (record::SampleRow& row : block.samples) {
      if (row.sensor != 0) continue;
      const std::int64_t read_ns = row.t_lo_ns + (row.t_hi_ns - row.t_lo_ns) / 2;
      const std::int64_t update_ns =
          origin_ns + (read_ns - origin_ns) / settings.period_ns * settings.period_ns;
      row.edge = 0;
      row.raw = static_cast<std::uint64_t>(
          std::llround(1e6 * shown_watts(power, settings, update_ns, origin_ns)));
      if (first) span.first_ns = read_ns;
      span.last_ns = read_ns;
      first = false;
    }
  }
}

}  // namespace joulepath::accuracy
