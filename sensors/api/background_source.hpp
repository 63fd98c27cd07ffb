// A source that reads slow devices on a thread of its own, every 20 ms, and hands the newest
// reading of each over in the recorder's pass, once, with the interval in which it was truly
// taken. A pass waits for nothing: neither for a library nor for a lock. While a library
// hangs its signals give nothing, and after two seconds a failure (ETIMEDOUT) each second.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.hpp"
#include "sensors/api/slow_device.hpp"
#include "sensors/api/source.hpp"

namespace joulepath::sensors {

class BackgroundSource final : public Source {
 public:
  /// Vendors' counters change every 10 to 100 ms: reading more often tells nothing more.
  static constexpr std::int64_t kRound_ns = 20'000'000;
  static constexpr std::int64_t kSilence_ns = 2'000'000'000;
  /// Who is on a GPU is asked for in every so manieth round: drivers take their samples of
  /// that several times a second.
  static constexpr unsigned kRoundsBetweenLooks = 10;

  enum class Rounds : std::uint8_t {
    kOnThread,
    kByHand,  ///< only round() reads: for tests
  };
  /// Reads all once, here, so that the first pass has something to hand over. `thread` is the
  /// thread's name, up to 15 letters. `clock` outlives the source.
  BackgroundSource(std::vector<record::Signal> signals, std::unique_ptr<SlowDevice> device,
                   const base::Clock& clock, const std::string& thread,
                   Rounds rounds = Rounds::kOnThread);
  BackgroundSource(const BackgroundSource&) = delete;
  BackgroundSource& operator=(const BackgroundSource&) = delete;
  /// Waits at most kSilence_ns for a call that hangs; then the thread and the library are
  /// left behind.
  ~BackgroundSource() override;

  [[nodiscard]] std::span<const record::Signal> signals() const override { return signals_; }
  void sample(Sink& sink) noexcept override;
  void sample_some(std::span<const std::size_t> signals, Sink& sink) noexcept override;
  void take_gpu_looks(std::vector<GpuLook>& looks) override;

  /// Reads every readable signal once; looks at the GPUs' users where that is due.
  void round() noexcept;

 private:
  struct Shared;
  struct Handed {
    std::uint64_t news = 0;  ///< number of the newest that was handed over
    std::int64_t heard_ns = 0;
  };
  void hand_over(std::size_t signal, Sink& sink) noexcept;

  std::vector<record::Signal> signals_;
  const base::Clock& clock_;
  std::shared_ptr<Shared> shared_;
  std::vector<Handed> handed_;
  std::thread thread_;
};

}  // namespace joulepath::sensors
