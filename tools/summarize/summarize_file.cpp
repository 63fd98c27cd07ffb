#include "tools/summarize/summarize_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/attribution.hpp"
#include "core/analysis/event_trace.hpp"
#include "core/analysis/exact_waits.hpp"
#include "core/analysis/gpu_use.hpp"
#include "core/base/file.hpp"
#include "core/trace/gather.hpp"
#include "core/trace/trace_reader.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

/// Why ranks waited: of a trace that was recorded in event mode.
struct Waits {
  analysis::EventTrace events;
  analysis::WaitCauses causes;
};

base::Result<Waits> find_waits(const trace::TraceReader& trace) {
  analysis::EventTraceBuilder events(trace.run());
  record::Block block;
  for (std::size_t index = 0; index < trace.node_count(); ++index) {
    const auto node = trace.node(index);
    if (!node) return node.error();
    events.begin(*node);
    if (node->info.events == 0) continue;
    auto blocks = trace.blocks(index);
    if (!blocks) return blocks.error();
    for (;;) {
      const auto more = blocks->next(block);
      if (!more) return more.error();
      if (!*more) break;
      events.add(block);
    }
  }
  Waits waits;
  waits.events = events.finish();
  if (!waits.events.causes_unknown.empty()) return waits;
  auto causes = analysis::find_wait_causes(waits.events.calls);
  if (!causes) return causes.error();
  waits.causes = *std::move(causes);
  return waits;
}

base::Result<analysis::Summary> summarize_trace(const fs::path& path) {
  const auto trace = trace::TraceReader::open(path);
  if (!trace) return trace.error();
  const auto waits = find_waits(*trace);
  if (!waits) return waits.error();
  analysis::SummaryBuilder summary(trace->run());
  summary.set(analysis::summarize_waits(waits->events, waits->causes));
  record::Block block;
  for (std::size_t index = 0; index < trace->node_count(); ++index) {
    auto node = trace->node(index);
    if (!node) return node.error();
    std::optional<analysis::ExactWaits> exact;
    if (waits->events.causes_unknown.empty()) exact.emplace(waits->events, waits->causes, *node);
    analysis::leave_out_others_gpus(*node);
    auto blocks = trace->blocks(index);
    if (!blocks) return blocks.error();
    analysis::NodeAttribution attribution(trace->run(), *node);
    for (;;) {
      const auto more = blocks->next(block);
      if (!more) return more.error();
      if (!*more) break;
      if (exact) exact->apply(block);
      attribution.add(block);
    }
    summary.add(*node, attribution.finish());
  }
  return summary.finish();
}

/// A file that is gone when this object is.
class TemporaryFile {
 public:
  TemporaryFile() {
    std::error_code error;
    path_ = fs::temp_directory_path(error) / "joulepath-report-XXXXXX";
    std::string name = path_.string();
    const int fd = ::mkstemp(name.data());
    if (fd >= 0) ::close(fd);
    path_ = name;
  }
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

base::Result<analysis::Summary> summarize_file(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return summarize_trace(path);
  const std::vector<fs::path> nodes = trace::node_files(path);
  if (nodes.empty())
    return base::Error{base::Errc::kNotFound, "holds no node files (*.h5)", path.string(), 0, {}};
  if (nodes.size() == 1) return summarize_trace(nodes.front());
  const TemporaryFile gathered;
  const auto done = trace::gather(nodes, gathered.path(), trace::Existing::kReplace);
  if (!done) return done.error();
  return summarize_trace(gathered.path());
}

}  // namespace joulepath::tools
