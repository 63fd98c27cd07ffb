// All sensors of a node behind one call: finds them through the backends, applies the
// user's selection, decides what counts (choice.hpp), and reads everything in one
// pass. A pass neither allocates nor throws. Owned and called by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/record/counter.hpp"
#include "core/record/rows.hpp"
#include "sensors/api/source.hpp"
#include "sensors/api/visible_gpus.hpp"
#include "sensors/sampler/backends.hpp"

namespace joulepath::sensors {

/// Takes the readings of a pass; `sensor` is the key in Sampler::sensors().
class SampleSink {
 public:
  virtual ~SampleSink() = default;
  virtual void reading(std::uint16_t sensor, const record::Reading& reading) noexcept = 0;
  virtual void failure(std::uint16_t sensor, int sys_errno) noexcept = 0;
  /// Since the sensor's last reading its device has not been read again.
  virtual void nothing_new(std::uint16_t /*sensor*/) noexcept {}
};

/// How one sensor has behaved so far.
struct SensorHealth {
  std::uint64_t readings = 0;
  std::uint64_t failures = 0;
  int last_errno = 0;
  /// Steps of an energy counter that are no exact difference (record::StepKind). The
  /// readings are handed on: the analysis meets the same step and says so.
  std::uint64_t anomalies = 0;
  record::StepKind last_anomaly = record::StepKind::kExact;
};

/// Something to tell of a backend: not here, not needed, or an oddity.
struct BackendNote {
  std::string_view backend;
  std::string text;
};

/// A GPU of the node and the backend that found it.
struct FoundGpu {
  std::string_view source;
  GpuName name;
};

class Sampler {
 public:
  /// Finds and opens what `selection` (selection.hpp) takes; a backend of which it takes
  /// nothing is not asked. A machine without sensors
  /// is no error. Errors: kUsage, for a selection or an estimate model that cannot be.
  static base::Result<Sampler> open(const Environment& environment, std::string_view selection = {},
                                    std::span<const Backend> backends = all_backends());
  Sampler(Sampler&&) noexcept;
  Sampler& operator=(Sampler&&) noexcept;
  ~Sampler();

  /// Index == key; also those that cannot be read, with the reason. Fixed.
  [[nodiscard]] std::span<const record::SensorRow> sensors() const;
  [[nodiscard]] std::span<const BackendNote> notes() const;
  /// All GPUs that were found, also those without a sensor in sensors(): the variables of
  /// their vendors count them all. One may be there from several backends.
  [[nodiscard]] std::span<const FoundGpu> gpus() const;
  /// Parallel to sensors().
  [[nodiscard]] std::span<const SensorHealth> health() const;

  /// Reads every readable sensor once. A value at or above the counter's modulus is no
  /// value: it arrives as failure ERANGE.
  void sample(SampleSink& sink) noexcept;
  /// Reads these sensors, which are readable, once each. Neighbours of one source are asked for
  /// together: in rising order, each source is asked once.
  void sample(std::span<const std::uint16_t> sensors, SampleSink& sink) noexcept;
  /// Appends the looks at who is on the GPUs that were taken since the last call, of those
  /// whose energy counts; GpuLook::signal is the key in sensors(). Waits for nothing.
  void take_gpu_looks(std::vector<GpuLook>& looks);

 private:
  struct State;
  explicit Sampler(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace joulepath::sensors
