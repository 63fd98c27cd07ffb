#include "tools/recorder/other_nodes.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <thread>

namespace joulepath::tools {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

/// So many nodes of a run look at its folder in the time in which one would alone.
constexpr std::int64_t kNodesALook = 100;

/// Which of the files that are being written change.
class Progress {
 public:
  /// True while some file of them has changed within `quiet`, or is looked at for the first time.
  /// Once one is known to change, the rest of thousands is not asked for.
  bool any(const std::vector<fs::path>& files, std::chrono::milliseconds quiet) {
    const auto now = Clock::now();
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

 private:
  static constexpr std::size_t kMostAsked = 32;
  struct Seen {
    off_t size;
    time_t s;
    long ns;
    Clock::time_point since;
    [[nodiscard]] bool same(const Seen& other) const {
      return size == other.size && s == other.s && ns == other.ns;
    }
  };
  std::map<fs::path, Seen> seen_;
};

/// For a person who finds the folder of one of several nodes.
void leave_note(const OutputPlace& place, const PartsState& state) {
  std::ofstream(place.parts / "HOW-TO-GATHER.txt") << fmt::format(
      "This folder holds {} of the {} ranks of a run: the other nodes wrote elsewhere, as {}\n"
      "is no folder that they share. Copy node-*.h5 of all nodes into one folder, then:\n\n"
      "  joulepath gather FOLDER --output {}\n",
      state.seen.ranks, state.seen.world, place.parts.parent_path().string(),
      place.trace.filename().string());
}

}  // namespace

PartsState wait_for_writers(const fs::path& parts, const Patience& patience) {
  const auto until = Clock::now() + patience.all;
  Progress progress;
  for (;;) {
    PartsState state = look_at(parts);
    if (!progress.any(state.writing, patience.quiet) || Clock::now() >= until) return state;
    std::this_thread::sleep_for(patience.look);
  }
}

base::Status gather_if_last(const OutputPlace& place, const Patience& patience,
                            const std::function<base::Status()>& make_trace) {
  const auto until = Clock::now() + patience.all;
  Progress progress;
  std::error_code error;
  for (auto pause = patience.look;; pause = std::min(2 * pause, 10 * patience.look)) {
    if (!fs::exists(place.parts, error)) return base::Done{};  // another node was the last
    const PartsState state = look_at(place.parts);
    const bool alive = progress.any(state.writing, patience.quiet);
    const bool dead = !state.writing.empty() && !alive;
    const bool late = dead || Clock::now() >= until;
    if (state.whole() || late) {
      if (alive && !state.whole()) return base::Done{};  // those that write come after us
      if (state.writing.empty() && state.done == 1 && !state.whole()) {
        leave_note(place, state);
        return base::Done{};
      }
      if (begin_gathering(place.parts, state.writing.size())) {
        base::Status made = make_trace();
        if (fs::exists(place.parts, error)) give_up_gathering(place.parts);
        return made;
      }
      if (late) return base::Done{};
    }
    // Who has just come last looks at once: the others need not find that out soon.
    const auto nodes = static_cast<std::int64_t>(state.done + state.writing.size());
    const auto fair = patience.look * (nodes / kNodesALook);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    std::this_thread::sleep_for(std::clamp(std::max(pause, fair), std::chrono::milliseconds(1),
                                           std::max(left, std::chrono::milliseconds(1))));
  }
}

}  // namespace joulepath::tools
