#include "tools/recorder/other_nodes.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace joulepath::tools {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = Progress::Clock;

namespace {

/// So many nodes of a run look at its folder in the time in which one would alone.
constexpr std::int64_t kNodesALook = 100;

constexpr std::size_t kMostAsked = 32;

/// For a person who finds the folder of one of several nodes.
void leave_note(const OutputPlace& place, const PartsState& state) {
  std::ofstream(place.parts / "HOW-TO-GATHER.txt") << fmt::format(
      "This folder holds {} of the {} ranks of a run: the other nodes wrote elsewhere, as {}\n"
      "is no folder that they share. Copy node-*.h5 of all nodes into one folder, then:\n\n"
      "  joulepath gather FOLDER --output NEW.h5\n\n"
      "{} beside this folder has the ranks of this node alone.\n",
      state.seen.ranks, state.seen.world, place.parts.parent_path().string(),
      place.trace.filename().string());
}

}  // namespace

bool Progress::any(const std::vector<fs::path>& files, milliseconds quiet, Clock::time_point now) {
  bool alive = false;
  std::size_t asked = 0;
  for (const fs::path& file : files) {
    if (alive && asked >= kMostAsked) break;
    ++asked;
    struct stat status {};
    const bool there = ::stat(file.c_str(), &status) == 0;
    const Seen seen{there ? status.st_size : -1, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                    now};
    const auto [known, added] = seen_.try_emplace(file, seen);
    if (!added && !known->second.same(seen)) known->second = seen;
    alive = alive || (now - known->second.since < quiet && !surely_dead(file));
  }
  return alive;
}

PartsState wait_for_writers(const fs::path& parts, const Patience& patience) {
  const auto until = Clock::now() + patience.all;
  Progress progress;
  for (;;) {
    PartsState state = look_at(parts);
    const auto now = Clock::now();
    if (!progress.any(state.writing, patience.quiet, now) || now >= until) return state;
    std::this_thread::sleep_for(patience.look);
  }
}

EndedNode::EndedNode(OutputPlace place, const Patience& patience, MakeTrace make_trace,
                     Clock::time_point now)
    : place_(std::move(place)),
      patience_(patience),
      make_trace_(std::move(make_trace)),
      until_(now + patience.all),
      pause_(patience.look) {}

base::Result<std::optional<milliseconds>> EndedNode::look(Clock::time_point now) {
  constexpr std::optional<milliseconds> kOver;
  std::error_code error;
  // Another node was the last.
  if (!fs::exists(place_.parts, error) || fs::exists(place_.trace, error)) return kOver;
  const PartsState state = look_at(place_.parts);
  const bool alive = progress_.any(state.writing, patience_.quiet, now);
  const bool dead = !state.writing.empty() && !alive;
  const bool late = dead || now >= until_;
  if (state.whole() || late) {
    if (alive && !state.whole()) return kOver;  // those that write come after us
    if (state.writing.empty() && state.done == 1 && !state.whole()) leave_note(place_, state);
    if (begin_gathering(place_.parts, state.writing.size())) {
      const base::Status made = make_trace_();
      // Beside a trace the parts stay as they are: nobody joins them any more.
      if (!fs::exists(place_.trace, error) && fs::exists(place_.parts, error))
        give_up_gathering(place_.parts);
      if (!made) return made.error();
      return kOver;
    }
    if (late) return kOver;
  }
  // Who has just come last looks at once: the others need not find that out soon.
  const auto nodes = static_cast<std::int64_t>(state.done + state.writing.size());
  const auto fair = patience_.look * (nodes / kNodesALook);
  const auto left = std::chrono::ceil<milliseconds>(until_ - now);
  const milliseconds next = std::min(std::max(pause_, fair), std::max(left, milliseconds(1)));
  pause_ = std::min(2 * pause_, 10 * patience_.look);
  return std::optional(next);
}

base::Status gather_if_last(const OutputPlace& place, const Patience& patience,
                            const EndedNode::MakeTrace& make_trace) {
  EndedNode node(place, patience, make_trace, Clock::now());
  for (;;) {
    const auto pause = node.look(Clock::now());
    if (!pause) return pause.error();
    if (!*pause) return base::Done{};
    std::this_thread::sleep_for(**pause);
  }
}

}  // namespace joulepath::tools
