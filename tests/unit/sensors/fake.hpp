// What the tests of the sensors share: a clock that moves by hand, a sink that keeps
// what it gets, and small trees in a temporary folder.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "sensors/api/source.hpp"
#include "sensors/sampler/sampler.hpp"

namespace joulepath::sensors {

inline constexpr std::int64_t kMs = 1'000'000;
inline constexpr std::int64_t kSecond = 1'000'000'000;

/// Advances by `tick_ns` at every look, so that no two looks are at the same time.
class FakeClock final : public base::Clock {
 public:
  [[nodiscard]] std::int64_t monotonic_ns() const noexcept override { return now_ns += tick_ns; }
  mutable std::int64_t now_ns = 1'000'000'000'000;
  std::int64_t tick_ns = 500;
};

class FakeSink final : public Sink, public SampleSink {
 public:
  void reading(std::size_t signal, const record::Reading& reading) noexcept override {
    readings[signal].push_back(reading);
  }
  void failure(std::size_t signal, int sys_errno) noexcept override {
    failures[signal].push_back(sys_errno);
  }
  void reading(std::uint16_t sensor, const record::Reading& reading) noexcept override {
    readings[sensor].push_back(reading);
  }
  void failure(std::uint16_t sensor, int sys_errno) noexcept override {
    failures[sensor].push_back(sys_errno);
  }
  void clear() {
    readings.clear();
    failures.clear();
  }
  std::map<std::size_t, std::vector<record::Reading>> readings;
  std::map<std::size_t, std::vector<int>> failures;
};

/// A folder of files that a test writes; gone at the end.
class Tree {
 public:
  Tree() {
    std::string name = (std::filesystem::temp_directory_path() / "joulepath-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    root_ = name;
    std::filesystem::permissions(root_, static_cast<std::filesystem::perms>(0755));
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::filesystem::path at(std::string_view path) const { return root_ / path; }

  /// Writes in place: who has the file open sees the new text.
  void write(std::string_view path, std::string_view text) const {
    std::filesystem::create_directories(at(path).parent_path());
    std::ofstream(at(path), std::ios::trunc) << text;
  }
  void link(std::string_view path, std::string_view target) const {
    std::filesystem::create_directories(at(path).parent_path());
    std::filesystem::create_symlink(target, at(path));
  }
  void remove(std::string_view path) const { std::filesystem::remove_all(at(path)); }

  /// A powercap zone with plain folders, as tests/nodes/laptop-mmio.
  void zone(const std::string& entry, std::string_view name, std::string_view energy,
            std::string_view range = "262143328850\n") const {
    const std::string dir = "sys/class/powercap/" + entry + "/";
    write(dir + "name", std::string(name) + "\n");
    write(dir + "energy_uj", energy);
    write(dir + "max_energy_range_uj", range);
  }

  [[nodiscard]] Environment environment(const base::Clock& clock) const {
    Environment environment;
    environment.sysfs_root = at("sys");
    environment.proc_root = at("proc");
    environment.dev_root = at("dev");
    environment.clock = &clock;
    return environment;
  }

 private:
  std::filesystem::path root_;
};

/// One of the machines under tests/nodes.
inline Environment node(std::string_view name, const base::Clock& clock) {
  const auto root = std::filesystem::path(JOULEPATH_SOURCE_DIR) / "tests/nodes" / name;
  Environment environment;
  environment.sysfs_root = root / "sys";
  environment.proc_root = root / "proc";
  environment.dev_root = root / "dev";
  environment.clock = &clock;
  return environment;
}

/// The signal called `id`; an empty one (which fails the caller's checks) if none is.
inline record::Signal signal_of(std::span<const record::Signal> signals, std::string_view id) {
  for (const record::Signal& signal : signals)
    if (signal.id == id) return signal;
  ADD_FAILURE() << "no signal " << id;
  return {};
}

inline record::Signal signal_of(const Sampler& sampler, std::string_view id) {
  for (const record::SensorRow& row : sampler.sensors())
    if (row.signal.id == id) return row.signal;
  ADD_FAILURE() << "no sensor " << id;
  return {};
}

}  // namespace joulepath::sensors
