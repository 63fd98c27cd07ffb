// The end of a run over several nodes, as far as files tell of it: whoever closes the last file
// makes the trace. No node waits for others while the program runs, and none sends anything.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "tools/recorder/output_place.hpp"

namespace joulepath::tools {

/// How long others are waited for. A recorder writes once a second, which other nodes may see
/// some seconds later: a file that has stood still for `quiet` is of one that was killed.
struct Patience {
  std::chrono::milliseconds all{30'000};
  std::chrono::milliseconds quiet{20'000};
  std::chrono::milliseconds look{100};
};

/// Which of the files that are being written change.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;
  /// True while some file of them has changed within `quiet`, or is looked at for the first time.
  /// Once one is known to change, the rest of thousands is not asked for. `now` never goes back.
  bool any(const std::vector<std::filesystem::path>& files, std::chrono::milliseconds quiet,
           Clock::time_point now);

 private:
  struct Seen {
    std::int64_t size;
    std::int64_t changed_s;
    std::int64_t changed_ns;
    Clock::time_point since;
    [[nodiscard]] bool same(const Seen& other) const {
      return size == other.size && changed_s == other.changed_s && changed_ns == other.changed_ns;
    }
  };
  std::map<std::filesystem::path, Seen> seen_;
};

/// Until no node is at work that still writes, or the patience is over. Returns the state then.
PartsState wait_for_writers(const std::filesystem::path& parts, const Patience& patience);

/// A recorder that has closed its file: once it is the last of its run, or the others are dead, it
/// makes the trace, and of several at most one does. Where others still write it leaves that to
/// them. Parts to which ranks are missing although nobody writes, and no other node has written,
/// get a note on what to do: the folder is no one that the nodes share.
class EndedNode {
 public:
  using Clock = Progress::Clock;
  using MakeTrace = std::function<base::Status()>;
  EndedNode(OutputPlace place, const Patience& patience, MakeTrace make_trace,
            Clock::time_point now);
  /// Looks at the folder. How long to wait until the next look; nothing: it is over. Fails as
  /// making the trace did.
  base::Result<std::optional<std::chrono::milliseconds>> look(Clock::time_point now);

 private:
  OutputPlace place_;
  Patience patience_;
  MakeTrace make_trace_;
  Clock::time_point until_;
  std::chrono::milliseconds pause_;
  Progress progress_;
};

/// Looks until it is over.
base::Status gather_if_last(const OutputPlace& place, const Patience& patience,
                            const EndedNode::MakeTrace& make_trace);

}  // namespace joulepath::tools
