#include "sensors/estimate/energy_model.hpp"

#include <algorithm>
#include <cmath>

namespace joulepath::sensors::estimate {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kUwNsPerUj = 1'000'000'000;

/// Each of the five summed columns is rounded down to a tick by itself: between two
/// readings all may step at once, or the sum step back by as much.
constexpr std::uint64_t kSlackTicks = 5;

std::uint64_t microwatts(double watts) {
  return static_cast<std::uint64_t>(std::llround(watts * 1e6));
}

}  // namespace

void Accumulator::add(std::uint64_t power_uw, std::int64_t duration_ns) noexcept {
  if (duration_ns <= 0) return;
  const Wide sum = Wide{power_uw} * static_cast<std::uint64_t>(duration_ns) + rest_;
  energy_uj_ += static_cast<std::uint64_t>(sum / kUwNsPerUj);
  rest_ = static_cast<std::uint64_t>(sum % kUwNsPerUj);
}

PackageModel::PackageModel(const EstimateModel& model, const std::vector<int>& sockets,
                           std::int64_t tick_ns)
    : min_uw_(microwatts(model.min_w_per_cpu)),
      extra_uw_(microwatts(model.max_w_per_cpu) - min_uw_),
      tick_ns_(tick_ns),
      socket_ids_(sockets) {
  std::sort(socket_ids_.begin(), socket_ids_.end());
  socket_ids_.erase(std::unique(socket_ids_.begin(), socket_ids_.end()), socket_ids_.end());
  if (socket_ids_.empty()) socket_ids_.push_back(0);
  sockets_.resize(socket_ids_.size());
  for (const int id : sockets) {
    const auto at = std::lower_bound(socket_ids_.begin(), socket_ids_.end(), id);
    cpus_.push_back({static_cast<std::size_t>(at - socket_ids_.begin()), 0, 0, false});
  }
}

std::uint64_t PackageModel::energy_uj(std::size_t socket) const {
  return sockets_[socket].energy.energy_uj();
}

void PackageModel::begin(std::int64_t now_ns) noexcept {
  now_ns_ = now_ns;
  for (Socket& socket : sockets_) socket.cpus = 0;
}

void PackageModel::cpu(const CpuBusy& busy) noexcept {
  if (busy.cpu >= cpus_.size()) return;
  Cpu& cpu = cpus_[busy.cpu];
  ++sockets_[cpu.socket].cpus;
  // A small step back is rounding and will be made up; a large one is a restart.
  const bool restarted = busy.ticks + kSlackTicks < cpu.ticks;
  if (cpu.seen && busy.ticks > cpu.ticks) {
    // No CPU is busy for longer than the time that passed.
    const std::int64_t longest_ns =
        now_ns_ - cpu.seen_ns + static_cast<std::int64_t>(kSlackTicks) * tick_ns_;
    const auto most = static_cast<std::uint64_t>(std::max<std::int64_t>(longest_ns, 0) / tick_ns_);
    const std::uint64_t ticks = std::min(busy.ticks - cpu.ticks, most);
    sockets_[cpu.socket].energy.add(extra_uw_, static_cast<std::int64_t>(ticks) * tick_ns_);
  }
  cpu.ticks = cpu.seen && !restarted ? std::max(cpu.ticks, busy.ticks) : busy.ticks;
  cpu.seen_ns = now_ns_;
  cpu.seen = true;
}

void PackageModel::end() noexcept {
  if (has_base_)
    for (Socket& socket : sockets_) socket.energy.add(min_uw_ * socket.cpus, now_ns_ - last_ns_);
  last_ns_ = has_base_ ? std::max(last_ns_, now_ns_) : now_ns_;
  has_base_ = true;
}

MemoryModel::MemoryModel(const EstimateModel& model) : uw_per_gib_(microwatts(model.w_per_gib)) {}

void MemoryModel::set(std::int64_t now_ns, std::uint64_t in_use_kib) noexcept {
  constexpr unsigned kKibPerGibLog2 = 20;
  if (has_base_) {
    const Wide mean_kib = (Wide{in_use_kib} + in_use_kib_) / 2;
    energy_.add(static_cast<std::uint64_t>((mean_kib * uw_per_gib_) >> kKibPerGibLog2),
                now_ns - last_ns_);
  }
  last_ns_ = has_base_ ? std::max(last_ns_, now_ns) : now_ns;
  in_use_kib_ = in_use_kib;
  has_base_ = true;
}

}  // namespace joulepath::sensors::estimate
