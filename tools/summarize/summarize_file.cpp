#include "tools/summarize/summarize_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/attribution.hpp"
#include "core/analysis/clock_summary.hpp"
#include "core/analysis/event_trace.hpp"
#include "core/analysis/exact_waits.hpp"
#include "core/analysis/gpu_use.hpp"
#include "core/analysis/mark_alignment.hpp"
#include "core/base/file.hpp"
#include "core/trace/gather.hpp"
#include "core/trace/trace_reader.hpp"
#include "tools/summarize/analysed_nodes.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

/// Why ranks waited: of a trace that was recorded in event mode.
struct Waits {
  analysis::EventTrace events;
  analysis::WaitCauses causes;
};

base::Result<bool> has_events(const trace::TraceReader& trace) {
  for (std::size_t index = 0; index < trace.node_count(); ++index) {
    const auto info = trace.info(index);
    if (!info) return info.error();
    if (info->events != 0) return true;
  }
  return false;
}

base::Result<Waits> find_waits(const trace::TraceReader& trace) {
  analysis::EventTraceBuilder events(trace.run());
  const auto any = has_events(trace);
  if (!any) return any.error();
  if (!*any) return Waits{events.finish(), {}};
  record::Block block;
  for (std::size_t index = 0; index < trace.node_count(); ++index) {
    const auto node = trace.node(index);
    if (!node) return node.error();
    events.begin(*node);
    if (node->info.events == 0) continue;
    auto blocks = trace.blocks(index, *node);
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

/// One node after the other, each by itself.
class NodeAnalysis {
 public:
  NodeAnalysis(const trace::TraceReader& trace, const Waits& waits)
      : trace_(trace), waits_(waits) {}

  base::Result<analysis::AnalysedNode> analyse(std::size_t index) {
    auto node = trace_.node(index);
    if (!node) return node.error();
    std::optional<analysis::ExactWaits> exact;
    if (waits_.events.causes_unknown.empty()) exact.emplace(waits_.events, waits_.causes, *node);
    analysis::leave_out_others_gpus(*node);
    auto blocks = trace_.blocks(index, *node);
    if (!blocks) return blocks.error();
    analysis::NodeAttribution attribution(trace_.run(), *node);
    for (;;) {
      const auto more = blocks->next(block_);
      if (!more) return more.error();
      if (!*more) break;
      if (exact) exact->apply(block_);
      attribution.add(block_);
    }
    auto result = attribution.finish();
    return analysis::AnalysedNode{*std::move(node), std::move(result)};
  }

 private:
  const trace::TraceReader& trace_;
  const Waits& waits_;
  record::Block block_;
};

constexpr std::string_view kAnalysed = "analysed";

/// Shares what it finds of this process's nodes.
base::Status analyse_for_leader(NodeAnalysis& analysis, std::size_t nodes, base::Team& team) {
  const base::Range own = base::part_of(nodes, team.rank(), team.size());
  AnalysedWriter analysed(team.draft(kAnalysed));
  for (std::size_t index = own.begin; index < own.end; ++index) {
    const auto node = analysis.analyse(index);
    if (!node) return node.error();
    analysed.add(*node);
  }
  if (auto status = analysed.close(); !status) return status;
  return team.share(kAnalysed);
}

/// In the order of nodes, whoever analysed them: so all sums are the same, to the last digit.
base::Status sum_up(NodeAnalysis& analysis, std::size_t nodes, base::Team& team,
                    analysis::SummaryBuilder& summary) {
  for (int rank = 0; rank < team.size(); ++rank) {
    std::optional<AnalysedReader> analysed;
    if (rank > 0) {
      const auto file = team.shared(rank, kAnalysed);
      if (!file) return file.error();
      analysed.emplace(*file);
    }
    const base::Range range = base::part_of(nodes, rank, team.size());
    for (std::size_t index = range.begin; index < range.end; ++index) {
      const auto node = analysed ? analysed->next() : analysis.analyse(index);
      if (!node) return node.error();
      summary.add(node->tables, node->result);
    }
  }
  return base::Done{};
}

base::Result<analysis::Summary> summarize_trace(const fs::path& path, base::Team& team) {
  const auto trace = trace::TraceReader::open(path);
  if (!trace) return trace.error();
  // Waits are of all nodes together: each process finds the causes of all, for its own nodes.
  const auto waits = find_waits(*trace);
  if (!waits) return waits.error();
  NodeAnalysis analysis(*trace, *waits);
  analysis::SummaryBuilder summary(trace->run());
  if (!team.leads()) {
    if (auto status = analyse_for_leader(analysis, trace->node_count(), team); !status)
      return status.error();
    return summary.finish();
  }
  summary.set(analysis::summarize_waits(waits->events, waits->causes));
  summary.set(analysis::clocks_of_events(waits->events));
  if (auto status = sum_up(analysis, trace->node_count(), team, summary); !status)
    return status.error();
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

base::Result<analysis::Summary> summarize_file(const fs::path& path, base::Team& team) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return summarize_trace(path, team);
  const std::vector<fs::path> nodes = trace::node_files(path);
  if (nodes.empty())
    return base::Error{base::Errc::kNotFound, "holds no node files (*.h5)", path.string(), 0, {}};
  if (nodes.size() == 1) return summarize_trace(nodes.front(), team);
  if (team.alone()) {
    const TemporaryFile gathered;
    const auto done =
        trace::gather(nodes, gathered.path(), trace::Existing::kReplace, analysis::align_by_marks);
    if (!done) return done.error();
    return summarize_trace(gathered.path(), team);
  }
  constexpr std::string_view kGathered = "gathered.h5";
  const auto done = trace::gather(nodes, team.draft(kGathered), trace::Existing::kReplace, team,
                                  analysis::align_by_marks);
  if (!done) return done.error();
  if (team.leads())
    if (auto status = team.share(kGathered); !status) return status.error();
  const auto gathered = team.shared(0, kGathered);
  if (!gathered) return gathered.error();
  return summarize_trace(*gathered, team);
}

base::Result<analysis::Summary> summarize_file(const fs::path& path) {
  base::Alone alone;
  return summarize_file(path, alone);
}

}  // namespace joulepath::tools
