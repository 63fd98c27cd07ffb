// All threads of one process, whatever made them, as the system shows them at each look: what
// CPU time each used since the look before, and what the process used beside them. These
// parts add up to the process's own CPU clock, so that threads which come and go between two
// looks are not lost, only unnamed. Reads /proc and a clock; owned and called by one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.hpp"
#include "tools/recorder/thread_cpu.hpp"

namespace joulepath::tools {

struct ThreadTime {
  std::int32_t tid = 0;
  std::uint64_t cpu_ns = 0;    ///< since the look before
  std::int32_t last_cpu = -1;  ///< where it ran last; -1: not known
  bool told = false;           ///< it has a lane in its process's channel
  std::string_view name;       ///< until the next look
};

struct ThreadsLook {
  std::vector<ThreadTime> times;    ///< told ones always, others if they ran; by tid
  std::vector<std::int32_t> ended;  ///< threads that were told of in an earlier look
  std::uint64_t others_ns = 0;      ///< used beside those
  std::size_t not_named = 0;        ///< threads that are there and have no name of their own
};

class ProcessThreads {
 public:
  /// Threads beyond so many in a process's life, told ones not counted, get no name.
  static constexpr std::size_t kMostNamed = 1024;

  /// Counts from now on; what comes later counts from its beginning. `files` outlives this.
  ProcessThreads(std::int32_t pid, OpenFiles& files);

  /// CPU time in ns since a thread's beginning that it told itself, or 0; by tid, of all threads
  /// that have a lane in the channel.
  using Told = std::map<std::int32_t, std::uint64_t>;
  void look(const Told& told, ThreadsLook& look);
  /// Of a process that cannot be asked any more: from what it told at its end, `process_ns`
  /// for all its threads; what is not of `told` ones is of others.
  void last_words(const Told& told, std::uint64_t process_ns, ThreadsLook& look);
  /// It was there at the beginning.
  [[nodiscard]] bool was_there(std::int32_t tid) const { return first_.contains(tid); }

 private:
  struct Thread {
    Thread(int task, std::int32_t tid, OpenFiles& files) : cpu(task, tid, files) {}
    ThreadCpu cpu;
    std::uint64_t last_ns = 0;  ///< counted up to then
    std::int32_t last_cpu = -1;
    std::uint32_t looks = 0;
    bool named = false;
    bool seen = false;  ///< in the look that is going on
    std::string name;
  };
  void list();
  Thread& follow(std::int32_t tid);
  Thread& renew(std::int32_t tid, ThreadsLook& look);
  void read(std::int32_t tid, bool told, ThreadsLook& look);
  void rest_to_others(std::uint64_t process_ns, ThreadsLook& look);

  std::int32_t pid_;
  OpenFiles& files_;
  base::Descriptor task_;
  std::map<std::int32_t, Thread> threads_;
  std::vector<std::int32_t> tids_;  ///< of the look that is going on
  std::set<std::int32_t> first_;
  std::size_t named_ = 0;
  std::uint64_t process_first_ns_ = 0;
  std::uint64_t counted_ns_ = 0;  ///< of all threads and others, since the first look
};

}  // namespace joulepath::tools
