#include "tests/accuracy/sim/energy_register.hpp"

#include <algorithm>
#include <cmath>

namespace joulepath::accuracy {
namespace {

using Update = EnergyRegister::Update;

std::vector<Update>::const_iterator first_after(const std::vector<Update>& updates,
                                                std::int64_t t_ns) {
  return std::upper_bound(updates.begin(), updates.end(), t_ns,
                          [](std::int64_t t, const Update& update) { return t < update.t_ns; });
}

}  // namespace

EnergyRegister::EnergyRegister(const SocketPower& power, const RegisterSettings& settings,
                               std::int64_t begin_ns, std::int64_t end_ns, Random& random)
    : settings_(settings) {
  const auto units_at = [&](std::int64_t t) {
    const double joules = settings_.core < 0 ? settings_.part * power.joules(begin_ns, t)
                                             : power.core_joules(settings_.core, begin_ns, t);
    return settings_.start_units + static_cast<std::uint64_t>(joules / settings_.joules_per_unit);
  };
  updates_.push_back({begin_ns, settings_.start_units});
  const auto offset = static_cast<std::int64_t>(random.uniform(0.1, 1.0) *
                                                static_cast<double>(settings_.period_ns));
  for (std::int64_t grid = begin_ns + offset; grid < end_ns; grid += settings_.period_ns) {
    const std::int64_t t =
        grid + std::llround(random.normal() * static_cast<double>(settings_.jitter_ns));
    if (random.uniform() < settings_.missed) continue;
    if (t > updates_.back().t_ns && t <= end_ns) updates_.push_back({t, units_at(t)});
  }
}

void EnergyRegister::reset_at(std::int64_t t_ns) {
  const std::uint64_t base = at(t_ns).units;
  for (Update& update : updates_)
    if (update.t_ns > t_ns) update.units -= base;
}

void EnergyRegister::step_back_at(std::int64_t t_ns, std::uint64_t units) {
  for (Update& update : updates_)
    if (update.t_ns > t_ns) update.units -= units;
}

void EnergyRegister::stick(std::int64_t from_ns, std::int64_t to_ns) {
  const std::uint64_t stuck = at(from_ns).units;
  const std::uint64_t lost = at(to_ns).units - stuck;
  for (Update& update : updates_) {
    if (update.t_ns > to_ns) {
      update.units -= lost;
    } else if (update.t_ns > from_ns) {
      update.units = stuck;
    }
  }
}

void EnergyRegister::read_zero_until(std::int64_t t_ns) {
  for (Update& update : updates_)
    if (update.t_ns <= t_ns) update.units = 0;
}

const EnergyRegister::Update& EnergyRegister::at(std::int64_t t_ns) const {
  const auto after = first_after(updates_, t_ns);
  return after == updates_.begin() ? *after : *(after - 1);
}

const EnergyRegister::Update* EnergyRegister::after(std::int64_t t_ns) const {
  const std::uint64_t now = at(t_ns).units;
  for (auto next = first_after(updates_, t_ns); next != updates_.end(); ++next)
    if (next->units != now) return &*next;
  return nullptr;
}

}  // namespace joulepath::accuracy
