// The files of pm_counters that tell of the others: whether what was read is of one scan
// of the node controller, whether it still scans at all, and whether its counters began
// anew. Never allocates while reading; single-threaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "sensors/api/counter_file.hpp"

namespace joulepath::sensors::cray {

/// "123456 J 1732478073123456 us", or without the time: the joules. nullopt: anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_joules(std::string_view text) noexcept;

/// The number at the start of "4215" or "4215 1732478073123456 us". nullopt: none.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view text) noexcept;

/// `freshness` and `startup` at one moment.
struct ScanMark {
  std::uint64_t freshness = 0;
  std::uint64_t startup = 0;
  int sys_errno = 0;  ///< 0: good. Otherwise nothing is known of the scan
  [[nodiscard]] bool operator==(const ScanMark&) const = default;
};

/// A file that was not there at the start is done without: it stays 0.
class ScanFiles {
 public:
  /// `missing` tells which of the two cannot be opened; empty: both are there.
  ScanFiles(const std::filesystem::path& dir, const FileCalls& calls, std::string& missing);
  ScanMark mark(std::int64_t now_ns) noexcept;

  /// Whether freshness stood still for `longest_ns` up to `now_ns`, with `mark` of now:
  /// then the counters stand still whatever the node takes.
  bool stale(const ScanMark& mark, std::int64_t now_ns, std::int64_t longest_ns) noexcept;

 private:
  std::optional<CounterFile> freshness_;
  std::optional<CounterFile> startup_;
  std::uint64_t last_freshness_ = 0;
  std::int64_t fresh_ns_ = -1;  ///< when it was first seen; -1: never
};

/// Makes one counter of several: over a restart of the node controller the raw value
/// always goes back, which record::Counter takes for a reset. Without this a counter that
/// began anew and is already above the last reading would pass for energy.
class RestartGuard {
 public:
  /// The raw value for a reading of `joules`; nullopt: no value can say what happened
  /// (the last one was 0, and nothing is below it).
  std::optional<std::uint64_t> raw_of(std::uint64_t joules, std::uint64_t startup) noexcept;

 private:
  bool started_ = false;
  std::uint64_t startup_ = 0;
  std::uint64_t shift_ = 0;  ///< raw is joules less this
  std::uint64_t last_raw_ = 0;
};

}  // namespace joulepath::sensors::cray
