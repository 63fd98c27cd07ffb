// Where the processes of a team find each other: a hidden folder that process 0 makes in a folder
// which all of them see. Each start has one of its own, with a name that nobody can know
// beforehand:
//
//   .joulepath-CALL-RANDOM/      CALL: what the processes are to do, as a number
//     join.K.WHO                 process K asks to be taken; WHO it is, to tell it from others
//     member.K.WHO               process 0 has taken it, by renaming what it asked with
//     refused.K.WHO              a K was there already: it is of another start
//     alive.K                    heartbeat
//
// Two starts of the same command at once may swap processes: they have the same work to do.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "tools/team/launch_place.hpp"

namespace joulepath::tools {

/// What processes are to agree about before they work together.
struct MeetingCall {
  std::string work;                            ///< equal for all that do the same
  std::vector<std::filesystem::path> folders;  ///< to meet in: the first that can be written to
  std::chrono::milliseconds patience;          ///< for others to come
};

/// Process 0: makes the folder. Also removes those of others that have not lived for long.
base::Result<std::filesystem::path> make_meeting(const TeamPlace& place, const MeetingCall& call);
/// Process 0: waits for all others. Error kIo: some did not come.
base::Status await_members(const std::filesystem::path& meeting, const TeamPlace& place,
                           const MeetingCall& call);
/// Others: find the folder and are taken. Error kIo: there was none to be taken in.
base::Result<std::filesystem::path> join_meeting(const TeamPlace& place, const MeetingCall& call);

/// At once: nobody finds half of it.
void remove_meeting(const std::filesystem::path& meeting);

std::filesystem::path heartbeat_file(const std::filesystem::path& meeting, int rank);

}  // namespace joulepath::tools
