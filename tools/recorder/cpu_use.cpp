#include "tools/recorder/cpu_use.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/base/file.hpp"
#include "core/base/split.hpp"
#include "core/record/session.hpp"
#include "sensors/estimate/cpu_load.hpp"
#include "tools/recorder/process_channel.hpp"

namespace joulepath::tools {

std::map<std::int32_t, std::int64_t> busy_ns_by_cpu(std::string_view stat, std::int64_t now_ns) {
  static const std::int64_t ns_a_tick = 1'000'000'000 / std::max(::sysconf(_SC_CLK_TCK), 1L);
  std::map<std::int32_t, std::int64_t> busy;
  while (const auto cpu = sensors::estimate::next_cpu(stat))
    busy[static_cast<std::int32_t>(cpu->cpu)] =
        now_ns - static_cast<std::int64_t>(cpu->not_busy_ticks) * ns_a_tick;
  return busy;
}

CpuUse::CpuUse(const std::filesystem::path& proc_root, const std::filesystem::path& sysfs_root)
    : stat_(proc_root / "stat"), sockets_(sensors::estimate::sockets_of_cpus(sysfs_root)) {}

std::map<std::int32_t, std::int64_t> CpuUse::read(std::int64_t now_ns) const {
  const auto text = base::read_file(stat_);
  return text ? busy_ns_by_cpu(*text, now_ns) : std::map<std::int32_t, std::int64_t>();
}

int CpuUse::socket_of(std::int32_t cpu) const {
  const auto at = static_cast<std::size_t>(cpu);
  return at < sockets_.size() ? sockets_[at] : 0;
}

void CpuUse::begin(std::int64_t now_ns, std::uint32_t tick) {
  busy_ = read(now_ns);
  job_ns_.clear();
  unplaced_ns_ = 0.0;
  began_ = now_ns;
  tick_ = tick;
}

void CpuUse::used(const CpuTimes& times) {
  for (const auto& [cpu, ns] : times)
    (cpu < 0 ? unplaced_ns_ : job_ns_[socket_of(cpu)]) += static_cast<double>(ns);
}

// Where a thread ran last is not where it ran all the time: on one socket the job then seems to
// have used more than there was. Only the sum over all sockets is sure, and what is others' of it
// is split by what each socket has left.
std::vector<record::CpuUseRow> CpuUse::look(std::int64_t now_ns, std::uint32_t tick,
                                            std::uint32_t sessions) {
  const auto before = std::exchange(busy_, read(now_ns));
  const auto length_ns = static_cast<double>(now_ns - began_);
  std::map<int, double> busy;
  double all_ns = 0.0;
  for (const auto& [cpu, ns] : busy_) {
    const auto known = before.find(cpu);
    if (known == before.end()) continue;  // it has just come
    const double used = std::clamp(static_cast<double>(ns - known->second), 0.0, length_ns);
    busy[socket_of(cpu)] += used;
    all_ns += used;
  }
  double job_ns = unplaced_ns_;
  double left_ns = 0.0;
  for (const auto& [socket, ns] : job_ns_) job_ns += ns;
  for (const auto& [socket, ns] : busy) left_ns += std::max(ns - job_ns_[socket], 0.0);
  const double others_ns = std::max(all_ns - job_ns, 0.0);
  std::vector<record::CpuUseRow> rows;
  for (const auto& [socket, ns] : busy) {
    const double left = std::max(ns - job_ns_[socket], 0.0);
    const double others = left_ns > 0.0 ? others_ns * left / left_ns : 0.0;
    rows.push_back({tick, socket, static_cast<std::uint64_t>(std::max(ns - others, 0.0)),
                    static_cast<std::uint64_t>(others), sessions, tick_});
  }
  job_ns_.clear();
  unplaced_ns_ = 0.0;
  began_ = now_ns;
  tick_ = tick;
  return rows;
}

namespace {

/// Named channel.<pid>.<start time>.<number> (pmpi/src/channel_file.cpp).
bool lives(const std::filesystem::path& channel) {
  const std::string name = channel.filename().string();
  const auto parts = base::split(name, '.');
  if (parts.size() < 3) return false;
  const auto pid = base::parse_u64(parts[1]);
  const auto start = base::parse_u64(parts[2]);
  return pid && start && *start != 0 &&
         record::process_start_time(static_cast<pid_t>(*pid)) == *start;
}

}  // namespace

std::uint32_t other_sessions(const std::filesystem::path& session) {
  std::uint32_t count = 0;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(session.parent_path(), failed), end;
       !failed && at != end; at.increment(failed)) {
    if (at->path().filename() == session.filename()) continue;
    const auto channels = channel_files(at->path());
    if (std::any_of(channels.begin(), channels.end(), lives)) ++count;
  }
  return count;
}

}  // namespace joulepath::tools
