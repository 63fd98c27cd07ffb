#include "sensors/api/polled_source.hpp"

namespace joulepath::sensors {

void PolledSource::sample(Sink& sink) noexcept {
  std::int64_t now_ns = clock_.monotonic_ns();
  for (std::size_t at = 0; at < signals_.size(); ++at)
    if (signals_[at].readable) now_ns = hand_over(at, now_ns, sink);
}

void PolledSource::sample_some(std::span<const std::size_t> signals, Sink& sink) noexcept {
  std::int64_t now_ns = clock_.monotonic_ns();
  for (const std::size_t signal : signals) now_ns = hand_over(signal, now_ns, sink);
}

std::int64_t PolledSource::hand_over(std::size_t signal, std::int64_t begin_ns,
                                     Sink& sink) noexcept {
  const Value value = read(signal, begin_ns);
  const std::int64_t end_ns = clock_.monotonic_ns();
  if (value.sys_errno != 0)
    sink.failure(signal, value.sys_errno);
  else
    sink.reading(signal, {begin_ns, end_ns, value.raw});
  return end_ns;
}

}  // namespace joulepath::sensors
