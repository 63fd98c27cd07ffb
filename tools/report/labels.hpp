// How a place is named to a reader: the same in every table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/analysis/summary.hpp"

namespace joulepath::report {

/// "socket 0", "whole node".
std::string socket_label(int socket);
/// "rank 3 (run 2) node01 s0,1 died"; run and node only where there are several.
std::string rank_label(const analysis::RankSummary& rank, const analysis::Summary& summary);
/// "rank 3 t1 node01"; "rank 3 worker 4711" of a thread that tells nothing, "rank 3 (others)".
std::string thread_label(const analysis::ThreadSummary& thread, const analysis::Summary& summary);
/// "told", "sampled", "others".
std::string_view thread_kind(record::LaneKind kind);

/// How many: "4", "6 in 2 runs", "none seen".
std::string ranks_text(const analysis::Summary& summary);

}  // namespace joulepath::report
