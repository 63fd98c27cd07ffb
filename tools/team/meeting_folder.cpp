#include "tools/team/meeting_folder.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/file.hpp"
#include "core/base/number_list.hpp"
#include "core/record/session.hpp"

namespace joulepath::tools {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view kPrefix = ".joulepath-";
constexpr std::string_view kJoin = "join.";
constexpr std::string_view kMember = "member.";
constexpr std::string_view kRefused = "refused.";
constexpr const char* kAlone = "with --alone a process waits for no others";

std::string prefix_of(const TeamPlace& place, const MeetingCall& call) {
  // FNV-1a: only tells calls apart; nothing rests on it.
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : fmt::format("{}\n{}\n{}", place.launch, place.size, call.work))
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return fmt::format("{}{:016x}-", kPrefix, hash);
}

/// Unique among all processes that may meet.
std::string own_name() {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  return fmt::format("{}-{}-{}", host, ::getpid(), record::process_start_time(::getpid()));
}

std::vector<std::string> names_in(const fs::path& folder, std::string_view prefix) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(folder.c_str()), ::closedir);
  while (const dirent* entry = listing ? ::readdir(listing.get()) : nullptr)
    if (std::string_view(entry->d_name).starts_with(prefix)) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

/// A private folder of this user: nobody else may give us files.
bool is_own_folder(const fs::path& folder) {
  struct stat info {};
  return ::lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
         info.st_uid == ::geteuid() && (info.st_mode & 077) == 0;
}

/// By the file system's own clock: process 0 of each was killed with no time to clean up.
void remove_dead_meetings(const fs::path& own) {
  constexpr auto kLong = std::chrono::minutes(15);
  const fs::path probe = own / "probe";
  std::error_code error;
  std::ofstream(probe).close();
  const auto now = fs::last_write_time(probe, error);
  if (error) return;
  fs::remove(probe, error);
  for (const std::string& name : names_in(own.parent_path(), kPrefix)) {
    const fs::path other = own.parent_path() / name;
    if (other == own || !is_own_folder(other)) continue;
    auto seen = fs::last_write_time(heartbeat_file(other, 0), error);
    if (error) seen = fs::last_write_time(other, error);
    if (!error && now - seen > kLong) remove_meeting(other);
  }
}

/// Grows while nothing happens, so that thousands of processes do not wear out a file system.
class Pause {
 public:
  void take() {
    std::this_thread::sleep_for(next_);
    next_ = std::min(next_ * 3 / 2, milliseconds(500));
  }

 private:
  milliseconds next_{5};
};

std::string listed(const std::set<int>& numbers) {
  return base::number_list(std::vector<std::int32_t>(numbers.begin(), numbers.end()));
}

std::string seconds(milliseconds time) {
  return fmt::format("{:g} s", static_cast<double>(time.count()) * 1e-3);
}

/// Who of the others is not there yet.
struct Missing {
  std::set<int> to_ask;
  /// Taken in, but they may not know it yet. Were the folder to go now, they would look for
  /// another.
  std::set<int> to_answer;

  [[nodiscard]] std::size_t count() const { return to_ask.size() + to_answer.size(); }
};

/// Takes in who asks and is still missing, and sends others away.
void take_in(const fs::path& meeting, Missing& missing) {
  for (const std::string& name : names_in(meeting, kJoin)) {
    const std::string rest = name.substr(kJoin.size());
    const auto number = base::parse_u64(rest.substr(0, rest.find('.')));
    const int rank = number ? static_cast<int>(*number) : 0;
    const bool wanted = missing.to_ask.contains(rank);
    const fs::path answer =
        meeting / ((wanted ? std::string(kMember) : std::string(kRefused)) + rest);
    // It fails where the other went away in the meantime.
    if (::rename((meeting / name).c_str(), answer.c_str()) == 0 && wanted)
      missing.to_answer.insert(missing.to_ask.extract(rank));
  }
  std::erase_if(missing.to_answer, [&](int rank) {
    std::error_code ignored;
    return fs::exists(heartbeat_file(meeting, rank), ignored);
  });
}

/// True: taken. False: sent away, or not answered in time.
bool ask(const fs::path& meeting, const TeamPlace& place) {
  constexpr auto kLongest = std::chrono::seconds(5);
  const std::string who = fmt::format("{}.{}", place.rank, own_name());
  const auto path = [&](std::string_view kind) { return meeting / (std::string(kind) + who); };
  if (!std::ofstream(path(kJoin))) return false;
  const auto until = steady_clock::now() + kLongest;
  std::error_code ignored;
  for (Pause pause; steady_clock::now() < until; pause.take()) {
    if (fs::exists(path(kMember), ignored)) return true;
    if (fs::exists(path(kRefused), ignored) || !fs::exists(meeting, ignored)) return false;
  }
  // Removed in one step, or renamed in one: it is either not taken, or is.
  return ::unlink(path(kJoin).c_str()) != 0 && fs::exists(path(kMember), ignored);
}

}  // namespace

fs::path heartbeat_file(const fs::path& meeting, int rank) {
  return meeting / fmt::format("alive.{}", rank);
}

base::Result<fs::path> make_meeting(const TeamPlace& place, const MeetingCall& call) {
  Error error{Errc::kInternal, "no folder to meet in", {}, 0, {}};
  for (const fs::path& folder : call.folders) {
    std::string name = (folder / (prefix_of(place, call) + "XXXXXX")).string();
    if (::mkdtemp(name.data()) == nullptr) {
      error = base::system_error("cannot be written to", folder.string(), errno);
      continue;
    }
    remove_dead_meetings(name);
    return fs::path(name);
  }
  return error;
}

base::Status await_members(const fs::path& meeting, const TeamPlace& place,
                           const MeetingCall& call) {
  Missing missing;
  for (int rank = 1; rank < place.size; ++rank) missing.to_ask.insert(rank);
  const auto until = steady_clock::now() + call.patience;
  for (Pause pause; missing.count() > 0; pause.take()) {
    if (steady_clock::now() > until) {
      missing.to_ask.merge(missing.to_answer);
      return Error{Errc::kIo,
                   fmt::format("processes {} of {} did not come within {}", listed(missing.to_ask),
                               place.size, seconds(call.patience)),
                   meeting.parent_path().string(), 0,
                   fmt::format("all must run the same command and see this folder; {}", kAlone)};
    }
    const std::size_t before = missing.count();
    take_in(meeting, missing);
    if (missing.count() < before) pause = Pause();
  }
  return base::Done{};
}

base::Result<fs::path> join_meeting(const TeamPlace& place, const MeetingCall& call) {
  const auto until = steady_clock::now() + call.patience;
  std::set<fs::path> asked;
  for (Pause pause; steady_clock::now() <= until; pause.take()) {
    for (const fs::path& folder : call.folders)
      for (const std::string& name : names_in(folder, prefix_of(place, call))) {
        const fs::path meeting = folder / name;
        if (!is_own_folder(meeting) || !asked.insert(meeting).second) continue;
        if (ask(meeting, place)) return meeting;
        pause = Pause();
      }
  }
  return Error{Errc::kIo,
               fmt::format("process {} of {} found no process 0 within {}", place.rank, place.size,
                           seconds(call.patience)),
               call.folders.front().string(), 0,
               fmt::format("all must run the same command and see this folder; {}", kAlone)};
}

void remove_meeting(const fs::path& meeting) {
  fs::path aside = meeting;
  aside += fmt::format(".ended-{}", ::getpid());
  std::error_code failed;
  fs::rename(meeting, aside, failed);
  std::error_code ignored;
  fs::remove_all(failed ? meeting : aside, ignored);
}

}  // namespace joulepath::tools
