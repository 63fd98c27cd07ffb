// What a comparison keeps of one run: its figures by phase, class, function and domain, and
// what must be alike for two runs' figures to be compared. Small, so that the whole summary
// of a large run need not be held beside that of the next. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/analysis/summary.hpp"

namespace joulepath::compare {

struct RowFigures {
  std::string name;
  analysis::Figure energy;
  std::optional<double> seconds;       ///< over all ranks and threads
  std::optional<std::uint64_t> count;  ///< calls of a function, times a phase was begun
  std::set<std::string> devices;       ///< of a domain: those of a node; several: nodes differ
};

/// How the trace tells waiting inside MPI calls from the rest of them.
enum class Waiting {
  kNotTold,  ///< not at all: whole functions
  kExcess,   ///< beyond the least time of the same function and size
  kEvents,   ///< by the times of each call
};

struct RunFigures {
  std::string trace;  ///< as the user named it
  std::string command;
  std::string mpi;
  std::vector<std::string> hosts;
  std::string ranks;            ///< "4", "6 in 2 runs", "none seen"
  analysis::Figure duration_s;  ///< of the recording; bounds: how well it stands for the program
  analysis::Figure energy;
  std::set<std::string> counted;  ///< what a node's total adds up: "2 dram + 2 package"
  std::set<std::string> sources;  ///< backends of what is counted
  std::set<std::string> cpus;
  /// Why the total is too small by what no bound holds; empty: it is whole for what is counted.
  std::vector<std::string> incomplete;
  std::vector<std::string> unread;  ///< devices that belong to the total and are not in it
  std::vector<std::string> lost;    ///< what is not in the total, but inside its bounds
  std::vector<std::string> shared;  ///< nodes on which other programs ran
  Waiting waiting = Waiting::kNotTold;
  std::vector<RowFigures> phases;
  std::vector<RowFigures> classes;  ///< with idle and unattributed: they add up to the total
  std::vector<RowFigures> functions;
  std::vector<RowFigures> domains;
};

RunFigures run_figures(const analysis::Summary& summary, const std::string& trace);

}  // namespace joulepath::compare
