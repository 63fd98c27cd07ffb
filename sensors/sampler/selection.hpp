// The user's choice of sensors: "--sensors rapl,nvml,!dram". Pure functions on names.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "sensors/sampler/choice.hpp"

namespace joulepath::sensors {

/// Names of backends, domains, devices (as the system names them, PCI address or UUID) or
/// signals, or "rapl" (powercap, perf and msr), separated by commas; "!" before a name leaves
/// those out. With no name to take, all are taken. Empty text: everything.
class Selection {
 public:
  /// Error kUsage: an empty name between commas.
  static base::Result<Selection> parse(std::string_view text);

  /// Error kUsage: a name that is no backend, no domain, no device and no signal of this
  /// machine; it is named, and so are the valid ones.
  [[nodiscard]] base::Status check(std::span<const Backend> backends,
                                   std::span<const Candidate> candidates) const;

  [[nodiscard]] bool takes(const record::Signal& signal) const;

  /// Whether `backend` may find something that is taken, or that check() needs: one that
  /// cannot need not be asked, which may take seconds.
  [[nodiscard]] bool may_take(const Backend& backend, std::span<const Backend> backends) const;

 private:
  std::vector<std::string> take_;
  std::vector<std::string> leave_;
};

}  // namespace joulepath::sensors
