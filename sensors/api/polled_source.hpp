// A source whose signals are read one by one, each by a call that is over at once: the pass,
// the interval of each reading, and failures. A backend adds how one value is read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/clock.hpp"
#include "sensors/api/source.hpp"

namespace joulepath::sensors {

class PolledSource : public Source {
 public:
  /// `clock` outlives the source.
  explicit PolledSource(const base::Clock& clock) : clock_(clock) {}

  [[nodiscard]] std::span<const record::Signal> signals() const final { return signals_; }
  /// The same, for a backend that marks them while it looks for its devices.
  [[nodiscard]] std::span<record::Signal> described() { return signals_; }
  void sample(Sink& sink) noexcept final;
  void sample_some(std::span<const std::size_t> signals, Sink& sink) noexcept final;

 protected:
  struct Value {
    std::uint64_t raw = 0;
    int sys_errno = 0;  ///< 0: raw is good
  };
  void add_signal(record::Signal signal) { signals_.push_back(std::move(signal)); }

 private:
  /// Of a readable signal. Neither allocates nor throws; `now_ns` is when it is called.
  virtual Value read(std::size_t signal, std::int64_t now_ns) noexcept = 0;
  /// `begin_ns`: when the pass had come so far. Gives when the reading was over: the next one
  /// begins there, which saves a look at the clock each (docs/performance.md).
  std::int64_t hand_over(std::size_t signal, std::int64_t begin_ns, Sink& sink) noexcept;

  const base::Clock& clock_;
  std::vector<record::Signal> signals_;
};

}  // namespace joulepath::sensors
