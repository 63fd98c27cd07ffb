// The sensors of this machine on a terminal of 80 columns: what counts, what is read
// beside it, and for what cannot be read why, and what an administrator would do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sensors/sampler/sampler.hpp"
#include "tools/sensors_view/update_periods.hpp"

namespace joulepath::tools {

/// `period_ns`: how often a run would read them. `updates` is by sensor, or empty where
/// nothing was measured.
std::string sensor_table(const sensors::Sampler& sampler, std::int64_t period_ns,
                         const std::vector<MeasuredUpdates>& updates);

/// A command to be copied: whole, and broken only after "&&" where it is too wide.
std::string command_lines(std::string_view command, std::size_t indent);

/// "package 0", "gpu 0000:81:00.0", "dram".
std::string covers_text(const record::Signal& signal);
/// "1.02 ms"; empty for 0.
std::string period_text(std::int64_t period_ns);

}  // namespace joulepath::tools
