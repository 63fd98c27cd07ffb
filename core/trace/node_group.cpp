#include "core/trace/node_group.hpp"

#include <utility>

#include "core/trace/attributes.hpp"
#include "core/trace/recording_key.hpp"
#include "core/trace/table_reader.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {
namespace {

namespace fs = std::filesystem;

/// Of a node that is linked, a link as all long tables are.
constexpr const char* kTicks = "ticks";

base::Result<RecordingKey> key_of_group(const Handle& group) {
  const auto identity = read_text_attribute(group, "identity");
  if (!identity) return identity.error();
  const auto utc = read_integer_attribute(group, "start_utc_ns");
  if (!utc) return utc.error();
  const auto monotonic = read_integer_attribute(group, "start_monotonic_ns");
  if (!monotonic) return monotonic.error();
  return RecordingKey{*identity, *utc, *monotonic};
}

/// Beside the trace; where that is a symbolic link, else beside what it stands for.
fs::path place_of(const std::string& link, const fs::path& trace) {
  const fs::path beside = trace.parent_path() / link;
  std::error_code error;
  if (fs::exists(beside, error) || !fs::is_symlink(trace, error)) return beside;
  const fs::path real = fs::canonical(trace, error);
  return error ? beside : real.parent_path() / link;
}

base::Error wrong(base::Errc code, std::string what, const fs::path& path) {
  return {code, std::move(what), path.string(), 0, "put the node's own file there again"};
}

}  // namespace

base::Result<NodeGroup> NodeGroup::open(const Handle& file, const fs::path& trace,
                                        std::size_t number) {
  const auto nodes = open_group(file, "nodes");
  if (!nodes) return nodes.error();
  auto own = open_group(*nodes, std::to_string(number));
  if (!own) return own.error();
  NodeGroup node;
  node.own_ = *std::move(own);
  const auto link = link_target(node.own_, kTicks);
  if (!link) return node;

  const fs::path path = place_of(link->file, trace);
  auto opened = open_trace(path);
  if (!opened) return opened.error();
  if (opened->live)
    return wrong(base::Errc::kFormat, "is not whole: truncated, or being written", path);
  node.file_ = std::move(opened->file);
  const std::string group = link->object.substr(0, link->object.rfind('/'));
  node.elsewhere_ = open_path(node.file_, group);
  if (!node.elsewhere_.valid()) return wrong(base::Errc::kFormat, "has no group " + group, path);
  if (link_target(node.elsewhere_, kTicks))
    return wrong(base::Errc::kFormat, "has no rows of its own, only links", path);
  const auto want = key_of_group(node.own_);
  if (!want) return want.error();
  const auto got = key_of_group(node.elsewhere_);
  if (!got) return got.error();
  if (*got != *want)
    return wrong(base::Errc::kConflict, "is another recording than the trace was made of", path);
  // A copy that was made while the program ran has rows of the same recording, but not all.
  bool truncated = false;
  const auto health = read_rows<record::HealthRow>(node.elsewhere_, kAllRows, truncated);
  if (!health) return health.error();
  if (truncated || health->empty() || health->back().kind != record::HealthKind::kRecorderStopped)
    return wrong(base::Errc::kFormat, "is not whole: copied before its recorder had ended", path);
  return node;
}

const Handle& NodeGroup::holder(const char* table) const {
  return elsewhere_.valid() && link_target(own_, table) ? elsewhere_ : own_;
}

bool is_linked(const Handle& nodes, std::size_t number) {
  const auto group = open_group(nodes, std::to_string(number));
  return group && link_target(*group, kTicks).has_value();
}

}  // namespace joulepath::trace
