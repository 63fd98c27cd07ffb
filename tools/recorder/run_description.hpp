// What a trace says of its run beside the measurements: the node, the command, the
// options, and what the sensor backends had to tell.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/trace/node_sink.hpp"
#include "sensors/sampler/sampler.hpp"
#include "tools/recorder/machine.hpp"
#include "tools/recorder/thread_counters.hpp"
#include "tools/settings/settings.hpp"

namespace joulepath::tools {

std::string hostname();

/// `start_ns` is the moment of the first reading, CLOCK_MONOTONIC.
record::NodeInfo describe_node(const Machine& machine, const Settings& settings,
                               std::int64_t start_ns);

/// What is counted of threads, and why something is not.
void describe_counters(trace::NodeSink& writer, const ThreadCounters& counters);

/// What `joulepath run` was given, else the command of the session's first process, which must
/// still be there; empty when it is not.
std::string run_command(const std::filesystem::path& session);

void describe_run(trace::NodeSink& writer, const std::filesystem::path& session,
                  const std::string& command, const Settings& settings,
                  const sensors::Sampler& sampler);

}  // namespace joulepath::tools
