// One MPI process as the recorder sees it: its mapped channel, and what changed in its
// lanes since the last look. The process may be killed at any moment; the mapping stays.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/file.hpp"
#include "core/base/result.hpp"
#include "core/record/channel_layout.hpp"
#include "core/record/lane_reader.hpp"

namespace joulepath::tools {

/// The channels of a session; empty when it is gone.
std::vector<std::filesystem::path> channel_files(const std::filesystem::path& session);

class ProcessChannel {
 public:
  /// Maps the file. kFormat when it is no channel of this version.
  static base::Result<std::unique_ptr<ProcessChannel>> open(const std::filesystem::path& file);
  ~ProcessChannel();
  ProcessChannel(const ProcessChannel&) = delete;
  ProcessChannel& operator=(const ProcessChannel&) = delete;

  [[nodiscard]] const record::ChannelHeader& header() const { return channel_->header; }
  [[nodiscard]] const record::Channel& channel() const { return *channel_; }
  [[nodiscard]] record::EnergyBoard& energy() const { return channel_->energy; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] bool lane_ready(std::uint32_t lane) const;
  /// False once the process has ended. `exited()` is a descriptor that becomes readable
  /// then (pidfd), or -1 where the kernel has none.
  [[nodiscard]] bool alive() const;
  [[nodiscard]] int exited() const { return pidfd_.get(); }

  /// Tells the process what became of the recording; it says so in MPI_Finalize.
  void tell(record::RecorderState state, const std::string& message);

 private:
  ProcessChannel(std::filesystem::path file, record::Channel* channel);

  std::filesystem::path file_;
  record::Channel* channel_;
  base::Descriptor pidfd_;
};

}  // namespace joulepath::tools
