// A team of processes that meet in a folder (meeting_folder.hpp) and share files there:
//
//   NAME.K.draft      process K writes what it shall share
//   NAME.K            it has shared it
//   failed.K          process K gave up, and why
//   alive.K           heartbeat
//
// Process 0 removes the folder when the work is over, which the others wait for: so a launcher that
// ends a whole job when one of its processes fails does not end process 0 before it has said why.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/team.hpp"
#include "tools/team/heartbeat.hpp"
#include "tools/team/meeting_folder.hpp"

namespace joulepath::tools {

class FileTeam final : public base::Team {
 public:
  /// Waits for all others.
  static base::Result<std::unique_ptr<FileTeam>> meet(const TeamPlace& place,
                                                      const MeetingCall& call);
  ~FileTeam() override;

  [[nodiscard]] int rank() const override { return place_.rank; }
  [[nodiscard]] int size() const override { return place_.size; }
  [[nodiscard]] std::filesystem::path draft(std::string_view name) const override;
  base::Status share(std::string_view name) override;
  base::Result<std::filesystem::path> shared(int rank, std::string_view name) override;

  /// The work of this process is over, well or not. Process 0 has its own outcome back. Others
  /// wait for process 0, which says what is to be said, and get no error, unless it is not heard
  /// of any more.
  base::Status end(base::Status outcome);

 private:
  FileTeam(TeamPlace place, std::filesystem::path folder, std::chrono::milliseconds patience);
  [[nodiscard]] std::filesystem::path whole(int rank, std::string_view name) const;
  /// Error: the process failed, ended, or is silent.
  base::Status check(int rank);
  void tell_failure(const base::Error& error);
  void remove_folder();

  TeamPlace place_;
  std::filesystem::path folder_;
  std::chrono::milliseconds patience_;
  struct Watched {
    Pulse pulse;
    std::chrono::steady_clock::time_point looked;
  };
  std::map<int, Watched> watched_;
  std::unique_ptr<Heartbeat> heartbeat_;
};

}  // namespace joulepath::tools
