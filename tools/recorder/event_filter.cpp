#include "tools/recorder/event_filter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/file.hpp"
#include "core/base/split.hpp"
#include "core/record/functions.hpp"

namespace joulepath::tools {
namespace {

/// `phase` is `outer`, or lies in it.
bool lies_in(std::string_view phase, std::string_view outer) {
  return phase.starts_with(outer) && (phase.size() == outer.size() || phase[outer.size()] == '/');
}

}  // namespace

base::Result<EventFilter> EventFilter::make(std::string_view functions, std::int64_t least_ns,
                                            std::string_view phases) {
  EventFilter filter;
  filter.least_ns_ = static_cast<std::uint64_t>(std::max<std::int64_t>(least_ns, 0));
  for (const std::string_view piece : base::split(phases, ','))
    if (const auto name = base::trimmed(piece); !name.empty()) filter.phases_.emplace_back(name);
  const auto& known = record::function_rows();
  bool first = true;
  for (const std::string_view piece : base::split(functions, ',')) {
    std::string_view name = base::trimmed(piece);
    const bool without = name.starts_with('!');
    if (without) name.remove_prefix(1);
    const auto row = std::find_if(known.begin(), known.end(),
                                  [&](const record::FunctionRow& f) { return f.name == name; });
    if (row == known.end())
      return base::Error{base::Errc::kUsage,
                         fmt::format("\"{}\" is no MPI function", name),
                         {},
                         0,
                         "names as in MPI_Send,MPI_Recv; !MPI_Iprobe leaves one out"};
    // The first tells whether the list adds to none or takes from all.
    if (first) filter.functions_.assign(known.size(), without);
    filter.functions_[row->function] = !without;
    first = false;
  }
  return filter;
}

bool EventFilter::all() const {
  return functions_.empty() && least_ns_ == 0 && phases_.empty();
}

bool EventFilter::lets_through(std::uint32_t function, std::uint64_t ns,
                               std::string_view phase) const {
  if (ns < least_ns_) return false;
  if (!functions_.empty() && !functions_[function]) return false;
  return phases_.empty() || std::any_of(phases_.begin(), phases_.end(),
                                        [&](const auto& outer) { return lies_in(phase, outer); });
}

}  // namespace joulepath::tools
