#include "tools/team/process_identity.hpp"

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "core/base/file.hpp"
#include "core/record/session.hpp"

namespace joulepath::tools {
namespace {

/// Where process ids and start times mean the same: one kernel and name spaces.
std::string place_of_pids() {
  namespace fs = std::filesystem;
  const auto boot = base::read_file("/proc/sys/kernel/random/boot_id");
  std::error_code error, no_such_kind;
  const fs::path pids = fs::read_symlink("/proc/self/ns/pid", error);
  const fs::path times = fs::read_symlink("/proc/self/ns/time", no_such_kind);
  if (!boot || error) return {};
  return std::string(base::trimmed(*boot)) + pids.string() + times.string();
}

}  // namespace

std::string own_identity() {
  std::ostringstream text;
  text << ::getpid() << ' ' << record::process_start_time(::getpid()) << ' ' << place_of_pids();
  return text.str();
}

bool surely_gone(const std::string& identity) {
  pid_t pid = 0;
  std::uint64_t start_time = 0;
  std::string place;
  if (!(std::istringstream(identity) >> pid >> start_time >> place)) return false;
  return place == place_of_pids() && record::process_start_time(pid) != start_time;
}

}  // namespace joulepath::tools
