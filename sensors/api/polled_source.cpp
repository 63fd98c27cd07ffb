#include "sensors/api/polled_source.hpp"

namespace joulepath::sensors {

void PolledSource::sample(Sink& sink) noexcept {
  for (std::size_t at = 0; at < signals_.size(); ++at)
    if (signals_[at].readable) hand_over(at, sink);
}

void PolledSource::sample_some(std::span<const std::size_t> signals, Sink& sink) noexcept {
  for (const std::size_t signal : signals) hand_over(signal, sink);
}

void PolledSource::hand_over(std::size_t signal, Sink& sink) noexcept {
  record::Reading reading;
  reading.t_lo_ns = clock_.monotonic_ns();
  const Value value = read(signal, reading.t_lo_ns);
  reading.t_hi_ns = clock_.monotonic_ns();
  reading.raw = value.raw;
  if (value.sys_errno != 0)
    sink.failure(signal, value.sys_errno);
  else
    sink.reading(signal, reading);
}

}  // namespace joulepath::sensors
