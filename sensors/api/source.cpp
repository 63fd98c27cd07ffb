#include "sensors/api/source.hpp"

namespace joulepath::sensors {
namespace {

/// Lets one signal through.
class OneSignal final : public Sink {
 public:
  OneSignal(std::size_t signal, Sink& sink) : signal_(signal), sink_(sink) {}

  void reading(std::size_t signal, const record::Reading& reading) noexcept override {
    if (signal == signal_) sink_.reading(signal, reading);
  }
  void failure(std::size_t signal, int sys_errno) noexcept override {
    if (signal == signal_) sink_.failure(signal, sys_errno);
  }
  void nothing_new(std::size_t signal) noexcept override {
    if (signal == signal_) sink_.nothing_new(signal);
  }

 private:
  std::size_t signal_;
  Sink& sink_;
};

}  // namespace

void Source::sample_one(std::size_t signal, Sink& sink) noexcept {
  OneSignal one(signal, sink);
  sample(one);
}

}  // namespace joulepath::sensors
