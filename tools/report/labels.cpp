#include "tools/report/labels.hpp"

#include <fmt/format.h>

namespace joulepath::report {
namespace {

using analysis::Summary;

std::string who(std::int32_t rank, int run, std::int32_t pid, const Summary& summary) {
  if (rank < 0) return pid > 0 ? fmt::format("process {}", pid) : "unknown process";
  return summary.runs > 1 ? fmt::format("rank {} (run {})", rank, run)
                          : fmt::format("rank {}", rank);
}

}  // namespace

std::string socket_label(int socket) {
  return socket < 0 ? std::string("whole node") : fmt::format("socket {}", socket);
}

std::string rank_label(const analysis::RankSummary& rank, const Summary& summary) {
  std::string label = who(rank.rank, rank.run, rank.pid, summary);
  if (summary.nodes.size() > 1) label += " " + rank.node;
  if (!rank.sockets.empty()) {
    label += " s";
    for (std::size_t i = 0; i < rank.sockets.size(); ++i)
      label += fmt::format("{}{}", i > 0 ? "," : "", rank.sockets[i]);
  }
  if (rank.died) label += " died";
  return label;
}

std::string thread_label(const analysis::ThreadSummary& thread, const Summary& summary) {
  std::string label = who(thread.rank, thread.run, thread.pid, summary);
  switch (thread.kind) {
    case record::LaneKind::kTold: label += fmt::format(" t{}", thread.thread); break;
    case record::LaneKind::kSampled:
      label += fmt::format(" {} {}", thread.name.empty() ? "thread" : thread.name, thread.tid);
      break;
    case record::LaneKind::kOthers: label += " (others)"; break;
  }
  if (summary.nodes.size() > 1) label += " " + thread.node;
  return label;
}

std::string_view thread_kind(record::LaneKind kind) {
  switch (kind) {
    case record::LaneKind::kTold: return "told";
    case record::LaneKind::kSampled: return "sampled";
    case record::LaneKind::kOthers: break;
  }
  return "others";
}

std::string ranks_text(const Summary& summary) {
  std::size_t ranks = 0;
  for (const auto& rank : summary.ranks) ranks += rank.rank >= 0 ? 1 : 0;
  if (ranks == 0) return "none seen";
  return summary.runs > 1 ? fmt::format("{} in {} runs", ranks, summary.runs)
                          : std::to_string(ranks);
}

}  // namespace joulepath::report
