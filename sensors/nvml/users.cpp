#include "sensors/nvml/users.hpp"

#include <algorithm>
#include <cmath>

namespace joulepath::sensors::nvml {
namespace {

/// The driver says how many entries it has; more may come before the next call.
constexpr unsigned kSpare = 8;
constexpr int kTries = 3;

/// A list of the driver that may grow between two calls. `call(count, entries)`.
template <class Entry, class Call>
int fetch(std::vector<Entry>& entries, Call call) {
  int code = kInsufficientSize;
  for (int attempt = 0; attempt < kTries && code == kInsufficientSize; ++attempt) {
    entries.resize(std::max<std::size_t>(entries.capacity(), kSpare));
    auto count = static_cast<unsigned>(entries.size());
    code = call(&count, entries.data());
    if (code == kSuccess) {
      entries.resize(std::min<std::size_t>(count, entries.size()));
    } else if (code == kInsufficientSize) {
      entries.reserve(std::size_t{count} + kSpare);
    }
  }
  if (code != kSuccess) entries.clear();
  return code;
}

}  // namespace

bool CardUsers::list(const Library& library, Device card, std::vector<GpuUser>& users) {
  bool told = false;
  for (const auto function : {library.compute_processes, library.mps_processes}) {
    if (function == nullptr) continue;
    const int code = fetch(processes_, [&](unsigned* count, ProcessInfo* entries) {
      return function(card, count, entries);
    });
    // Without MPS its list is refused as not supported: the other one is whole then.
    if (code != kSuccess) continue;
    told = told || function == library.compute_processes;
    for (const ProcessInfo& process : processes_)
      users.push_back({static_cast<std::int32_t>(process.pid), -1});
  }
  std::sort(users.begin(), users.end(),
            [](const GpuUser& a, const GpuUser& b) { return a.pid < b.pid; });
  users.erase(std::unique(users.begin(), users.end(),
                          [](const GpuUser& a, const GpuUser& b) { return a.pid == b.pid; }),
              users.end());
  return told;
}

void CardUsers::add_busy(const Library& library, Device card, std::vector<GpuUser>& users) {
  if (library.process_utilization == nullptr) return;
  const int code = fetch(samples_, [&](unsigned* count, ProcessSample* entries) {
    return library.process_utilization(card, entries, count, last_us_);
  });
  // "Not found": no process did anything since.
  if (code != kSuccess && code != kNotFound) return;
  for (GpuUser& user : users) {
    double sum = 0.0;
    unsigned count = 0;
    for (const ProcessSample& sample : samples_) {
      if (static_cast<std::int32_t>(sample.pid) != user.pid) continue;
      sum += std::min(sample.sm_percent, 100u);
      ++count;
    }
    user.busy_permille =
        count == 0 ? 0 : static_cast<std::int32_t>(std::lround(10.0 * sum / count));
  }
  for (const ProcessSample& sample : samples_) last_us_ = std::max(last_us_, sample.timestamp_us);
}

bool CardUsers::look(const Library& library, Device card, std::vector<GpuUser>& users) {
  users.clear();
  if (!list(library, card, users)) return false;
  if (!users.empty()) add_busy(library, card, users);
  return true;
}

}  // namespace joulepath::sensors::nvml
