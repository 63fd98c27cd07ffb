#include "tools/team/file_team.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "core/base/bytes.hpp"
#include "core/base/file.hpp"

namespace joulepath::base {

template <class Archive>
void fields(Archive& archive, Is<Error> auto& error) {
  auto& [code, what, where, sys_errno, remedy] = error;
  archive(code, what, where, sys_errno, remedy);
}

}  // namespace joulepath::base

namespace joulepath::tools {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view kFailed = "failed";
constexpr milliseconds kFirstPause{5};
constexpr milliseconds kLongestPause{200};
/// How often the other's heart is looked at, beside the file that is waited for.
constexpr milliseconds kBetweenLooks{500};

}  // namespace

base::Result<std::unique_ptr<FileTeam>> FileTeam::meet(const TeamPlace& place,
                                                       const MeetingCall& call) {
  auto folder = place.rank == 0 ? make_meeting(place, call) : join_meeting(place, call);
  if (!folder) return folder.error();
  std::unique_ptr<FileTeam> team(new FileTeam(place, *std::move(folder), call.patience));
  if (place.rank == 0)
    if (auto status = await_members(team->folder_, place, call); !status) {
      team->remove_folder();
      return status.error();
    }
  return team;
}

FileTeam::FileTeam(TeamPlace place, fs::path folder, milliseconds patience)
    : place_(std::move(place)), folder_(std::move(folder)), patience_(patience) {
  heartbeat_ = std::make_unique<Heartbeat>(heartbeat_file(folder_, rank()), [this](int signal) {
    if (leads()) return remove_meeting(folder_);
    tell_failure({Errc::kIo,
                  fmt::format("was ended by a signal ({})", ::strsignal(signal)),
                  fmt::format("process {} of {}", rank(), size()),
                  0,
                  {}});
  });
}

FileTeam::~FileTeam() {
  if (heartbeat_ != nullptr && leads()) remove_folder();
}

void FileTeam::remove_folder() {
  heartbeat_.reset();
  remove_meeting(folder_);
}

fs::path FileTeam::whole(int rank, std::string_view name) const {
  return folder_ / fmt::format("{}.{}", name, rank);
}

fs::path FileTeam::draft(std::string_view name) const {
  fs::path path = whole(rank(), name);
  path += ".draft";
  return path;
}

base::Status FileTeam::share(std::string_view name) {
  std::error_code failed;
  fs::rename(draft(name), whole(rank(), name), failed);
  if (failed) return base::system_error("cannot be shared", draft(name).string(), failed.value());
  return base::Done{};
}

void FileTeam::tell_failure(const Error& error) {
  // Where it cannot be told, process 0 notices that this one has ended.
  static_cast<void>(share_bytes(*this, kFailed, base::to_bytes(error)));
}

base::Status FileTeam::check(int rank) {
  std::error_code ignored;
  if (fs::exists(whole(rank, kFailed), ignored)) {
    const auto bytes = base::read_file(whole(rank, kFailed));
    if (auto error = bytes ? base::from_bytes<Error>(*bytes) : std::nullopt)
      return *std::move(error);
  }
  const std::string who = fmt::format("process {} of {}", rank, size());
  if (!fs::exists(folder_, ignored))
    return Error{Errc::kIo, "process 0 has ended the work", who, 0, {}};
  const auto now = steady_clock::now();
  auto [entry, is_new] = watched_.try_emplace(rank, Watched{{}, now});
  Watched& other = entry->second;
  if (!is_new && now - other.looked < kBetweenLooks) return base::Done{};
  const auto since = std::chrono::duration_cast<milliseconds>(now - other.looked);
  other.looked = now;
  const auto beat = base::read_file(heartbeat_file(folder_, rank));
  other.pulse.look(beat ? *beat : std::string(), since.count());
  if (other.pulse.gone()) return Error{Errc::kIo, "has ended: was it killed?", who, 0, {}};
  if (other.pulse.silent_ms() > patience_.count())
    return Error{Errc::kIo,
                 fmt::format("was not heard of for {} s",
                             std::chrono::duration_cast<std::chrono::seconds>(patience_).count()),
                 who, 0, "is it at work? --wait gives it more time"};
  return base::Done{};
}

base::Result<fs::path> FileTeam::shared(int rank, std::string_view name) {
  const fs::path path = whole(rank, name);
  std::error_code ignored;
  for (milliseconds pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    // Looked at before the file: who shared it and ended at once has shared it.
    const auto well = check(rank);
    if (fs::exists(path, ignored)) return path;
    if (!well) return well.error();
    std::this_thread::sleep_for(pause);
  }
}

base::Status FileTeam::end(base::Status outcome) {
  if (leads()) {
    remove_folder();
    return outcome;
  }
  if (!outcome) tell_failure(outcome.error());
  std::error_code ignored;
  for (milliseconds pause = kFirstPause; fs::exists(folder_, ignored);
       pause = std::min(pause * 2, kLongestPause)) {
    auto leader = check(0);
    if (!leader && fs::exists(folder_, ignored)) {
      remove_folder();  // nobody else will
      return outcome ? leader : outcome;
    }
    std::this_thread::sleep_for(pause);
  }
  heartbeat_.reset();
  return base::Done{};
}

}  // namespace joulepath::tools
