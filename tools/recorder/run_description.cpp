#include "tools/recorder/run_description.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <cstdlib>
#include <utility>

#include "core/base/clock.hpp"
#include "core/base/file.hpp"
#include "core/record/tables.hpp"
#include "tools/recorder/process_channel.hpp"
#include "tools/recorder/slurm_job.hpp"

namespace joulepath::tools {
namespace {

std::string first_line(const char* path) {
  const auto text = base::read_file(path);
  return text ? std::string(base::trimmed(*text)) : std::string();
}

/// The same for all containers on one kernel, whatever they call themselves, and different for
/// any two kernels. A sensor tree of our own stands for a machine of its own.
std::string node_identity(const Settings& settings, const std::string& host) {
  std::string identity = first_line("/proc/sys/kernel/random/boot_id");
  if (identity.empty()) identity = fmt::format("{} {}", host, first_line("/etc/machine-id"));
  struct stat root {};
  if (settings.sysfs_root != sensors::Environment().sysfs_root &&
      ::stat(settings.sysfs_root.c_str(), &root) == 0)
    identity += fmt::format(" {}:{}", root.st_dev, root.st_ino);
  return identity;
}

/// The command line of the first process of the session, for runs that we did not start.
std::string command_of_session(const std::filesystem::path& session) {
  for (const std::filesystem::path& file : channel_files(session)) {
    const auto process = ProcessChannel::open(file);
    if (!process) continue;
    const auto text = base::read_file(fmt::format("/proc/{}/cmdline", (*process)->header().pid));
    if (!text || text->empty()) continue;  // gone, or its parent has yet to take note of it
    std::string line = *text;
    while (!line.empty() && line.back() == '\0') line.pop_back();
    for (char& c : line)
      if (c == '\0') c = ' ';
    return line;
  }
  return {};
}

}  // namespace

std::string hostname() {
  utsname name{};
  return ::uname(&name) == 0 ? name.nodename : "unknown";
}

record::NodeInfo describe_node(const Machine& machine, const Settings& settings,
                               std::int64_t start_ns) {
  record::NodeInfo node;
  utsname name{};
  if (::uname(&name) == 0) node.kernel = fmt::format("{} {}", name.sysname, name.release);
  node.hostname = hostname();
  node.identity = node_identity(settings, node.hostname);
  node.cpu_model = machine.cpu_model();
  node.topology_xml = machine.xml();
  node.start_monotonic_ns = start_ns;
  node.start_utc_ns = base::utc_ns() - (base::SystemClock().monotonic_ns() - start_ns);
  node.period_ns = settings.period_ns;
  node.sockets = machine.sockets();
  node.cpus = machine.cpus();
  node.events = settings.events ? 1 : 0;
  return node;
}

std::string run_command(const std::filesystem::path& session) {
  const char* given = std::getenv("JOULEPATH_RUN_COMMAND");
  return given != nullptr ? given : command_of_session(session);
}

void describe_run(trace::NodeSink& writer, const std::filesystem::path& session,
                  const std::string& command, const Settings& settings,
                  const sensors::Sampler& sampler) {
  writer.add(record::MetaRow{"command", command});
  writer.add(record::MetaRow{"session", session.filename().string()});
  writer.add(record::MetaRow{"creator", "joulepath " JOULEPATH_VERSION});
  for (record::MetaRow& row : slurm_facts()) writer.add(std::move(row));
  for (const auto& [name, value] : as_environment(settings))
    writer.add(record::MetaRow{"option." + name, value});
  for (const sensors::BackendNote& note : sampler.notes())
    writer.add(record::MetaRow{fmt::format("{}{}", record::kSensorNote, note.backend), note.text});
}

void describe_counters(trace::NodeSink& writer, const ThreadCounters& counters) {
  std::uint16_t key = 0;
  for (const CounterSpec& spec : counters.counters())
    writer.add(record::CounterRow{key++, spec.name});
  if (!counters.absent().empty())
    writer.add(record::MetaRow{std::string(record::kCountersAbsent), counters.absent()});
}

}  // namespace joulepath::tools
