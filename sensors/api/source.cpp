#include "sensors/api/source.hpp"

#include <algorithm>

namespace joulepath::sensors {
namespace {

/// Lets some signals through.
class SomeSignals final : public Sink {
 public:
  SomeSignals(std::span<const std::size_t> signals, Sink& sink) : signals_(signals), sink_(sink) {}

  void reading(std::size_t signal, const record::Reading& reading) noexcept override {
    if (wanted(signal)) sink_.reading(signal, reading);
  }
  void failure(std::size_t signal, int sys_errno) noexcept override {
    if (wanted(signal)) sink_.failure(signal, sys_errno);
  }
  void nothing_new(std::size_t signal) noexcept override {
    if (wanted(signal)) sink_.nothing_new(signal);
  }

 private:
  [[nodiscard]] bool wanted(std::size_t signal) const noexcept {
    return std::find(signals_.begin(), signals_.end(), signal) != signals_.end();
  }

  std::span<const std::size_t> signals_;
  Sink& sink_;
};

}  // namespace

void Source::sample_some(std::span<const std::size_t> signals, Sink& sink) noexcept {
  SomeSignals some(signals, sink);
  sample(some);
}

}  // namespace joulepath::sensors
