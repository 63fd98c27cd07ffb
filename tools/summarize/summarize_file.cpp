#include "tools/summarize/summarize_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/analysis/attribution.hpp"
#include "core/analysis/gpu_use.hpp"
#include "core/base/file.hpp"
#include "core/trace/gather.hpp"
#include "core/trace/trace_reader.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

base::Result<analysis::Summary> summarize_trace(const fs::path& path) {
  const auto trace = trace::TraceReader::open(path);
  if (!trace) return trace.error();
  analysis::SummaryBuilder summary(trace->run());
  record::Block block;
  for (std::size_t index = 0; index < trace->node_count(); ++index) {
    auto node = trace->node(index);
    if (!node) return node.error();
    analysis::leave_out_others_gpus(*node);
    auto blocks = trace->blocks(index);
    if (!blocks) return blocks.error();
    analysis::NodeAttribution attribution(trace->run(), *node);
    for (;;) {
      const auto more = blocks->next(block);
      if (!more) return more.error();
      if (!*more) break;
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
