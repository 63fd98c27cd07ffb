#include "slurm/spank/step_options.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/base/split.hpp"

namespace joulepath::slurm {
namespace {

using base::Errc;
using base::Error;

/// Settings of one run. Roots, files with passwords and programs are not for a job's option.
constexpr std::array<std::string_view, 17> kKeys{
    "comment", "output",          "lane-period", "exclusive",    "period",   "recorder-cpu",
    "sensors", "static-power",    "counters",    "papi-events",  "pcontrol", "annotations",
    "events",  "event-functions", "event-min",   "event-phases", "gather"};
/// Also without a value.
constexpr std::array<std::string_view, 3> kSwitches{"events", "exclusive", "comment"};
/// The plug-in's own, of which the recorder knows nothing.
constexpr std::string_view kComment = "JOULEPATH_COMMENT";
/// Its list may hold "=": "flop=cpu/event=0xc7,umask=1/".
constexpr std::string_view kCounters = "JOULEPATH_COUNTERS";

Error wrong(std::string what, std::string_view where) {
  return {Errc::kUsage, std::move(what), "--joulepath=" + std::string(where), 0, {}};
}

/// The key that the piece begins with; empty: none.
std::string_view key_of(std::string_view piece) {
  const std::string_view key = piece.substr(0, piece.find('='));
  const auto is_in = [key](const auto& keys) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  return is_in(kKeys) && (key.size() < piece.size() || is_in(kSwitches)) ? key : std::string_view();
}

std::string variable_name(std::string_view key) {
  std::string name = "JOULEPATH_";
  for (const char c : key)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

bool is_plain(char c) {
  return c >= ' ' && c <= '~' && std::string_view("\"'\\`$").find(c) == std::string_view::npos;
}

}  // namespace

base::Result<StepOptions> parse_options(std::string_view text) {
  if (text.size() > kMostOptionBytes) return wrong("longer than 1024 characters", {});
  if (!std::all_of(text.begin(), text.end(), is_plain))
    return wrong("holds a quote, a backslash, a $ or a character that is not printable", {});
  if (text == "off") return StepOptions{{{"JOULEPATH_DISABLE", "1"}}, {}};
  StepOptions options;
  std::vector<Variable>& variables = options.variables;
  for (const std::string_view piece : base::split(text, ',')) {
    const std::string_view key = key_of(piece);
    if (!key.empty()) {
      const std::string name = variable_name(key);
      for (const Variable& other : variables)
        if (other.name == name) return wrong("set twice", key);
      variables.push_back(
          {name, key.size() < piece.size() ? std::string(piece.substr(key.size() + 1)) : "on"});
    } else if (variables.empty() ||
               (piece.find('=') != std::string_view::npos && variables.back().name != kCounters)) {
      return wrong("no setting that a job may have (docs/slurm.md)", piece);
    } else {
      variables.back().value.append(",").append(piece);
    }
  }
  for (const Variable& variable : variables) {
    if (variable.value.empty()) return wrong("a setting without a value", text);
    if (variable.value.size() > kMostValueBytes)
      return wrong("a value of more than 256 characters", variable.name);
  }
  const auto comment = std::find_if(variables.begin(), variables.end(),
                                    [](const Variable& one) { return one.name == kComment; });
  if (comment != variables.end()) {
    if (comment->value != "on" && comment->value != "off")
      return wrong("comment is on or off", comment->value);
    options.comment = comment->value == "on";
    variables.erase(comment);
  }
  return options;
}

}  // namespace joulepath::slurm
