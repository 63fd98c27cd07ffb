// The folder `<trace>.parts` while a run writes into it. On a file system that its nodes share,
// all of them write into one; the files in it tell who does:
//
//   run                  the session, and who makes the trace of the parts
//   node-NAME.h5         a node's file
//   node-NAME.writer     its recorder is at work, or was killed: "PID START-TIME PLACE"
//   node-NAME.R-W.done   its recorder has closed it: R ranks of the node, of the job's W (0: not
//                        known)
//   gathering            somebody makes the trace: nobody joins any more
//
// Works on file systems that have no locks: it rests on names that are made once and on renames.
// What many nodes look for is in the names: a look is one listing, however many there are.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace joulepath::tools {

enum class Gatherer { kLastRecorder, kLauncher };

/// Which run writes into a folder. Nodes of one run find equal sessions by themselves.
struct RunMark {
  std::string session;
  Gatherer gatherer = Gatherer::kLastRecorder;
};

/// How the sessions of `joulepath run` begin. A node that does not find its folder shares none.
inline constexpr std::string_view kLauncherSession = "run-";

/// What a recorder knows of its job.
struct RanksSeen {
  std::size_t ranks = 0;  ///< of its node
  std::size_t world = 0;  ///< 0: not known
};

/// Makes the folder with its mark in one step: nobody meets it without. kConflict where it
/// exists; else the system's error.
base::Status make_parts(const std::filesystem::path& parts, const RunMark& mark);

/// None where there is no such folder, or it has no mark.
std::optional<RunMark> mark_of(const std::filesystem::path& parts);

/// Somebody has written here in the last minute, by the file system's own clock. Sessions of
/// some launchers have few names: a folder that a killed run left must not be taken for ours.
bool in_use(const std::filesystem::path& parts);

/// Takes a name for the file of this node and returns its path; kConflict where the parts are
/// being gathered. `hostname` is followed by a number where the name is taken.
base::Result<std::filesystem::path> add_writer(const std::filesystem::path& parts,
                                               const std::string& hostname);

/// The recorder of this file was a process of this machine and is gone. False where that cannot
/// be seen from here.
bool surely_dead(const std::filesystem::path& node_file);

/// The node's file is closed.
base::Status end_writer(const std::filesystem::path& node_file, const RanksSeen& seen);

struct PartsState {
  std::vector<std::filesystem::path> writing;  ///< files of nodes that are not done
  std::size_t done = 0;
  RanksSeen seen;  ///< of all that are done

  /// Nothing is to come.
  [[nodiscard]] bool whole() const {
    return writing.empty() && seen.world > 0 && seen.ranks >= seen.world;
  }
};
PartsState look_at(const std::filesystem::path& parts);

/// Keeps others from joining and from gathering; false where somebody else does it, or a node
/// has joined since `writing` were seen to be at work.
bool begin_gathering(const std::filesystem::path& parts, std::size_t writing);
void give_up_gathering(const std::filesystem::path& parts);
/// They are gathered. At once: nobody meets half of them, and takes them for parts to be gathered.
void remove_parts(const std::filesystem::path& parts);

}  // namespace joulepath::tools
