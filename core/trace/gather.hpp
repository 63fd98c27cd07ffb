// Joins node files into one trace, packed (shuffle and gzip, large chunks). Phases of
// equal name become one. What reaches it twice counts once: a node's file that was copied, and the
// sensors of a node on which two recorders of the run were at work. The trace tells what is known
// to be missing (the facts record::kMissingRanks and kLeftOut). Its input is left as it is.
// A master has only the small tables, and links to the long ones in the node files: O(nodes) to
// write, whatever the length of the run, and read as the whole trace (docs/adr/0010).
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/team.hpp"
#include "core/record/node_marks.hpp"

namespace joulepath::trace {

/// The node files (*.h5) of a folder, in the order of their names; empty when there are
/// none.
std::vector<std::filesystem::path> node_files(const std::filesystem::path& folder);

struct GatherOutcome {
  std::size_t nodes = 0;
  /// Inputs that could not be used, and why; the others are gathered.
  std::vector<std::string> left_out;
  std::size_t linked = 0;  ///< nodes whose long tables are still in their inputs
  /// Which nodes' clocks are not aligned with the others', and why: a line for each reason.
  std::vector<std::string> clocks_unknown;
  std::string missing;  ///< ranks of the job that are in no input: "4-7,9 of 16"; empty: none

  [[nodiscard]] bool whole() const { return left_out.empty() && missing.empty(); }
};

/// Writes `output` through a temporary file beside it and a rename, so that a trace
/// is either whole or not there. Fails when no input can be used, or with kConflict
/// when `output` exists and `replace` is false. `align` says how the nodes' clocks are, which the
/// trace then tells (tables `clock`, facts record::kClockUnknown); null: it does not.
enum class Existing { kRefuse, kReplace };
base::Result<GatherOutcome> gather(std::span<const std::filesystem::path> inputs,
                                   const std::filesystem::path& output, Existing existing,
                                   record::AlignClocks align = nullptr);
/// The same by several processes, each of which calls it with the same arguments: the outcome,
/// and the trace, are those of process 0; the others pack a part of the inputs for it. What they
/// share must be on the output's file system.
base::Result<GatherOutcome> gather(std::span<const std::filesystem::path> inputs,
                                   const std::filesystem::path& output, Existing existing,
                                   base::Team& team, record::AlignClocks align = nullptr);
/// Writes a master. Links are relative to the folder of `output`. What cannot be linked to is in
/// the master itself: the node of a recorder that was killed, whose file others than we cannot
/// open, and nodes that are only links in their input.
base::Result<GatherOutcome> link_nodes(std::span<const std::filesystem::path> inputs,
                                       const std::filesystem::path& output, Existing existing,
                                       record::AlignClocks align = nullptr);

enum class Form { kWhole, kMaster };
/// The same for all node files of a folder.
base::Result<GatherOutcome> gather_folder(const std::filesystem::path& folder,
                                          const std::filesystem::path& output, Existing existing,
                                          Form form, record::AlignClocks align = nullptr);

}  // namespace joulepath::trace
