// What a user may write behind --joulepath: settings of docs/user-guide.md, as
// "period=1ms,sensors=rapl,!dram,events". Pure. The text comes from outside and ends up in an
// environment, so it is bounded in length, in the keys it may name and in its characters; what a
// value means is checked where it is used, by the recorder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace joulepath::slurm {

inline constexpr std::size_t kMostOptionBytes = 1024;
inline constexpr std::size_t kMostValueBytes = 256;

struct Variable {
  std::string name;  ///< "JOULEPATH_PERIOD"
  std::string value;
};

struct StepOptions {
  std::vector<Variable> variables;  ///< for the recorder
  std::optional<bool> comment;      ///< whether the job's comment is to hold its total
};

/// Empty text: no settings. Between settings stand commas; what lies behind a comma and begins
/// with no key belongs to the value before it, so that lists need no quotes. "off" alone turns
/// recording off. Error kUsage names what is wrong.
base::Result<StepOptions> parse_options(std::string_view text);

}  // namespace joulepath::slurm
