#include "tools/team/together.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "core/base/file.hpp"
#include "core/record/session.hpp"
#include "tools/team/file_team.hpp"
#include "tools/team/launch_place.hpp"

namespace joulepath::tools {
namespace {

using Shown = std::function<int()>;

base::Result<int> alone(const SharedWork& work) {
  base::Alone team;
  const auto done = work.part(team);
  if (!done) return done.error();
  return (*done)();
}

base::Result<int> as_member(const TeamPlace& place, const TogetherOptions& options,
                            const SharedWork& work) {
  const MeetingCall call{JOULEPATH_VERSION "\n" + work.name, work.folders,
                         std::chrono::seconds(options.wait_s)};
  auto team = FileTeam::meet(place, call);
  if (!team) return team.error();
  Shown show = [] { return 0; };
  base::Status outcome = base::Done{};
  if (auto done = work.part(**team); done) {
    if ((*team)->leads()) show = *std::move(done);
  } else {
    outcome = done.error();
  }
  if (auto status = (*team)->end(std::move(outcome)); !status) return status.error();
  return show();
}

/// Every process but this one becomes a copy; which this is.
base::Result<TeamPlace> split_up(int jobs) {
  TeamPlace place{0, jobs,
                  fmt::format("{}-{}", ::getpid(), record::process_start_time(::getpid()))};
  // Nobody asks how they end but by the folder in which they meet.
  ::signal(SIGCHLD, SIG_IGN);
  for (int rank = 1; rank < jobs; ++rank) {
    const pid_t child = ::fork();
    if (child < 0) return base::system_error("cannot start so many processes", "--jobs", errno);
    if (child > 0) continue;
    place.rank = rank;
    return place;
  }
  return place;
}

}  // namespace

base::Result<int> work_together(const TogetherOptions& options, const SharedWork& work) {
  if (options.alone || options.jobs == 1) return alone(work);
  if (options.jobs > 1) {
    const auto place = split_up(options.jobs);
    if (!place) return place.error();
    return as_member(*place, options, work);
  }
  const auto place = launch_place(own_variables(), parent_variables());
  return place ? as_member(*place, options, work) : alone(work);
}

}  // namespace joulepath::tools
