// The end of a run over several nodes, as far as files tell of it: whoever closes the last file
// makes the trace. No node waits for others while the program runs, and none sends anything.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

#include "tools/recorder/output_place.hpp"

namespace joulepath::tools {

/// How long others are waited for. A recorder writes once a second, which other nodes may see
/// some seconds later: a file that has stood still for `quiet` is of one that was killed.
struct Patience {
  std::chrono::milliseconds all{30'000};
  std::chrono::milliseconds quiet{20'000};
  std::chrono::milliseconds look{100};
};

/// Until no node is at work that still writes, or the patience is over. Returns the state then.
PartsState wait_for_writers(const std::filesystem::path& parts, const Patience& patience);

/// For a recorder that has closed its file: once it is the last of its run, or the others are
/// dead, `make_trace` is called, at most by one recorder. Where others still write it leaves
/// that to them. Parts to which ranks are missing although nobody writes, and no other node
/// has written, are left with a note on what to do: the folder is no one that the nodes share.
base::Status gather_if_last(const OutputPlace& place, const Patience& patience,
                            const std::function<base::Status()>& make_trace);

}  // namespace joulepath::tools
