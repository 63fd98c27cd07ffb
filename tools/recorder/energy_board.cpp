#include "tools/recorder/energy_board.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

namespace joulepath::tools {
namespace {

using record::EnergyState;
using record::StepKind;

constexpr std::int64_t kHalfWindow_ns = 500'000'000;

double seconds(std::int64_t ns) {
  return static_cast<double>(ns) * 1e-9;
}

std::uint32_t socket_bits(const std::string& list) {
  std::uint32_t bits = 0;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const int socket = std::atoi(list.c_str() + at);
    if (socket >= 0 && socket < 32) bits |= 1u << socket;
    at = end + 1;
  }
  return bits;
}

void store(record::Atomic64& bits, double number) {
  bits.store(std::bit_cast<std::uint64_t>(number), std::memory_order_relaxed);
}

void put(record::EnergyEntry& entry, EnergyState state) {
  entry.state.store(static_cast<std::uint32_t>(state), std::memory_order_relaxed);
}

void put(record::EnergyEntry& entry, const EnergyFigure& figure, record::Provenance provenance,
         std::int64_t at_ns) {
  entry.provenance.store(static_cast<std::uint32_t>(provenance), std::memory_order_relaxed);
  entry.at_ns.store(static_cast<std::uint64_t>(at_ns), std::memory_order_relaxed);
  store(entry.value_j, figure.value_j);
  store(entry.lo_j, std::max(figure.lo_j, 0.0));
  store(entry.hi_j, figure.hi_j);
  store(entry.recent_w, figure.recent_w);
  store(entry.highest_w, figure.highest_w);
  put(entry, EnergyState::kKnown);
}

}  // namespace

SignalEnergy::SignalEnergy(const record::Signal& signal)
    : limits_(record::limits_of(signal)),
      counter_(limits_),
      longest_still_ns_(record::longest_still_ns(signal)),
      joules_per_unit_(signal.si_per_unit),
      relative_error_(signal.relative_error),
      socket_(signal.socket),
      gpu_(record::gpu_of(signal)),
      provenance_(signal.provenance) {}

double SignalEnergy::total_j() const {
  return static_cast<double>(counter_.total()) * joules_per_unit_;
}

double SignalEnergy::missing_j(std::int64_t now_ns) const noexcept {
  const std::int64_t since_ns = std::max<std::int64_t>(now_ns - last_.t_lo_ns, 0);
  return highest_w_ * seconds(limits_.update_period_ns + since_ns) + joules_per_unit_;
}

void SignalEnergy::reading(const record::Reading& reading) noexcept {
  const record::Step step = counter_.advance(reading);
  if (step.kind == StepKind::kOutOfRange || step.kind == StepKind::kNonPositiveTime) return;
  if (!step.exact()) broken_ = true;
  if (!has_reading()) {
    first_ns_ = window_ns_ = next_window_ns_ = reading.t_lo_ns;
    last_ = reading;
    return;
  }
  // Steps shorter than an update would make one update look like a burst of power.
  const std::int64_t past_ns = reading.t_hi_ns - last_.t_lo_ns;
  if (past_ns > limits_.update_period_ns)
    highest_w_ =
        std::max(highest_w_, static_cast<double>(step.delta) * joules_per_unit_ / seconds(past_ns));
  last_ = reading;
  if (reading.t_hi_ns - next_window_ns_ >= kHalfWindow_ns) {
    window_ns_ = std::exchange(next_window_ns_, reading.t_hi_ns);
    window_j_ = std::exchange(next_window_j_, total_j());
  }
}

EnergyFigure SignalEnergy::at(std::int64_t now_ns) const noexcept {
  EnergyFigure figure;
  const double since_s = seconds(std::max<std::int64_t>(now_ns - last_.t_lo_ns, 0));
  const double window_s = seconds(last_.t_hi_ns - window_ns_);
  const double total = total_j();
  figure.recent_w = window_s > 0 ? (total - window_j_) / window_s : 0;
  figure.highest_w = highest_w();
  figure.value_j = total + figure.recent_w * since_s;
  // The first reading may have held back energy that is in the total by now.
  figure.lo_j = (total - missing_j(last_.t_lo_ns)) * (1 - relative_error_);
  figure.hi_j = (total + missing_j(now_ns)) * (1 + relative_error_);
  return figure;
}

double SignalEnergy::take_new_j() noexcept {
  const double total = total_j();
  return total - std::exchange(taken_j_, total);
}

EnergyBoard::EnergyBoard(std::span<const record::SensorRow> sensors, int sockets)
    : signal_of_sensor_(sensors.size(), -1), sockets_(sockets) {
  for (std::size_t key = 0; key < sensors.size(); ++key) {
    const record::Signal& signal = sensors[key].signal;
    if (!signal.counted || !signal.readable) continue;
    if (signal.kind != record::Kind::kEnergy) {
      has_power_sensor_ = true;
      continue;
    }
    signal_of_sensor_[key] = static_cast<int>(signals_.size());
    signals_.emplace_back(signal);
    of_job_.push_back(signals_.back().gpu().empty());
  }
}

void EnergyBoard::readings(std::span<const record::SampleRow> rows) noexcept {
  for (const record::SampleRow& row : rows)
    if (row.sensor < signal_of_sensor_.size() && signal_of_sensor_[row.sensor] >= 0)
      signals_[static_cast<std::size_t>(signal_of_sensor_[row.sensor])].reading(
          {row.t_lo_ns, row.t_hi_ns, row.raw});
}

EnergyBoard::Taker& EnergyBoard::taker_of(std::uint32_t process) {
  const auto [known, added] = processes_.try_emplace(process);
  Taker& taker = known->second;
  if (added) {
    taker.took.resize(signals_.size());
    taker.alone.resize(signals_.size());
    for (const SignalEnergy& signal : signals_) taker.gpu.push_back(signal.gpu().empty());
  }
  return taker;
}

void EnergyBoard::joins(const record::ProcessRow& process) {
  Taker& taker = taker_of(process.process);
  joined_ = true;
  for (std::size_t index = 0; index < signals_.size(); ++index) {
    if (!record::may_use(process, signals_[index].gpu())) continue;
    taker.gpu[index] = of_job_[index] = true;
  }
}

void EnergyBoard::ran(std::uint32_t process, const std::string& sockets, std::uint64_t lane_ns) {
  Taker& taker = taker_of(process);
  if (taker.sockets == 0) taker.sockets = socket_bits(sockets);
  taker.lane_ns += lane_ns;
}

bool EnergyBoard::takes(const Taker& taker, std::size_t index) const {
  const SignalEnergy& signal = signals_[index];
  if (!signal.gpu().empty()) return taker.gpu[index];
  if (signal.socket() < 0 || taker.sockets == 0) return true;
  return signal.socket() < 32 && (taker.sockets >> signal.socket() & 1u) != 0;
}

void EnergyBoard::split(std::size_t index, double joules) {
  double all_ns = 0;
  int takers = 0;
  for (const auto& [process, taker] : processes_) {
    if (taker.lane_ns == 0 || !takes(taker, index)) continue;
    all_ns += static_cast<double>(taker.lane_ns);
    ++takers;
  }
  for (auto& [process, taker] : processes_) {
    const bool takes_part = taker.lane_ns != 0 && takes(taker, index);
    const bool alone = takes_part && takers == 1;
    if (takes_part) taker.value_j += joules * static_cast<double>(taker.lane_ns) / all_ns;
    // Energy may be read a tick late: then it belongs to the tick before.
    if (alone && taker.alone[index]) taker.lo_j += joules;
    if (takes_part || taker.took[index]) taker.hi_j += joules;
    taker.took[index] = takes_part;
    taker.alone[index] = alone;
  }
}

void EnergyBoard::settle(std::int64_t now_ns) {
  for (std::size_t index = 0; index < signals_.size(); ++index)
    split(index, signals_[index].take_new_j());
  for (auto& [process, taker] : processes_) {
    taker.lane_ns = 0;
    if (taker.window_ns == 0) taker.window_ns = taker.next_window_ns = now_ns;
    if (now_ns - taker.next_window_ns >= kHalfWindow_ns) {
      taker.window_ns = std::exchange(taker.next_window_ns, now_ns);
      taker.window_j = std::exchange(taker.next_window_j, taker.value_j);
    }
  }
  settled_ns_ = now_ns;
}

EnergyState EnergyBoard::state_of(const SignalEnergy& signal) {
  if (signal.broken() || signal.stuck()) return EnergyState::kBroken;
  return !signal.has_reading() || signal.still() ? EnergyState::kUnanswered : EnergyState::kKnown;
}

template <class Belongs>
void EnergyBoard::write(record::EnergyEntry& entry, Belongs belongs) const noexcept {
  EnergyFigure sum;
  auto worst = record::Provenance::kMeasured;
  bool any = false;
  for (std::size_t index = 0; index < signals_.size(); ++index) {
    const SignalEnergy& signal = signals_[index];
    if (!belongs(signal) || (joined_ && !of_job_[index])) continue;
    if (const EnergyState state = state_of(signal); state != EnergyState::kKnown)
      return put(entry, state);
    const EnergyFigure one = signal.at(settled_ns_);
    sum.value_j += one.value_j;
    sum.lo_j += std::max(one.lo_j, 0.0);
    sum.hi_j += one.hi_j;
    sum.recent_w += one.recent_w;
    sum.highest_w += one.highest_w;
    worst = std::max(worst, signal.provenance());
    any = true;
  }
  if (!any) return put(entry, EnergyState::kNoSensor);
  put(entry, sum, worst, settled_ns_);
}

void EnergyBoard::write_own(record::EnergyEntry& entry, const Taker* taker) const noexcept {
  if (taker == nullptr) return put(entry, EnergyState::kUnanswered);
  EnergyFigure own;
  auto worst = record::Provenance::kMeasured;
  double missing_j = 0, error = 0;
  bool any = false;
  for (std::size_t index = 0; index < signals_.size(); ++index) {
    const SignalEnergy& signal = signals_[index];
    if (!takes(*taker, index)) continue;
    if (const EnergyState state = state_of(signal); state != EnergyState::kKnown)
      return put(entry, state);
    missing_j += signal.missing_j(settled_ns_);
    error = std::max(error, signal.relative_error());
    own.highest_w += signal.highest_w();
    worst = std::max(worst, signal.provenance());
    any = true;
  }
  own.lo_j = (taker->lo_j - missing_j) * (1 - error);
  own.hi_j = (taker->hi_j + missing_j) * (1 + error);
  if (!any) return put(entry, EnergyState::kNoSensor);
  const double window_s = seconds(settled_ns_ - taker->window_ns);
  own.recent_w = window_s > 0 ? (taker->value_j - taker->window_j) / window_s : 0;
  own.value_j = taker->value_j;
  put(entry, own, worst, settled_ns_);
}

void EnergyBoard::fill(std::uint32_t process, record::EnergyBoard& board) const noexcept {
  const auto known = processes_.find(process);
  const std::uint32_t sequence = board.sequence.load(std::memory_order_relaxed);
  board.sequence.store(sequence + 1, std::memory_order_relaxed);
  // Readers that see an entry of this change see the odd sequence too (energy_query.cpp).
  std::atomic_thread_fence(std::memory_order_release);
  for (std::uint32_t index = 0; index < record::kBoardEntries; ++index) {
    record::EnergyEntry& entry = board.entries[index];
    const int socket = static_cast<int>(index) - static_cast<int>(record::kBoardSocket0);
    if (socket >= sockets_) {
      put(entry, EnergyState::kNoPlace);
    } else if (has_power_sensor_) {
      put(entry, EnergyState::kNoCounter);
    } else if (index == record::kBoardNode) {
      write(entry, [](const SignalEnergy&) { return true; });
    } else if (index == record::kBoardOwn) {
      write_own(entry, known != processes_.end() ? &known->second : nullptr);
    } else {
      write(entry, [socket](const SignalEnergy& signal) { return signal.socket() == socket; });
    }
  }
  board.sequence.store(sequence + 2, std::memory_order_release);
}

}  // namespace joulepath::tools
