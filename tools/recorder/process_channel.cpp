#include "tools/recorder/process_channel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/record/session.hpp"

namespace joulepath::tools {

using base::Errc;
using base::Error;

std::vector<std::filesystem::path> channel_files(const std::filesystem::path& session) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(session, error))
    if (entry.path().filename().string().starts_with("channel.")) files.push_back(entry.path());
  return files;
}

base::Result<std::unique_ptr<ProcessChannel>> ProcessChannel::open(
    const std::filesystem::path& file) {
  const base::Descriptor fd(::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.open()) return base::system_error("cannot open the channel", file.string(), errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0 || info.st_uid != ::geteuid() ||
      info.st_size != static_cast<off_t>(sizeof(record::Channel)))
    return Error{
        Errc::kFormat, "is not a channel of this version of Joulepath", file.string(), 0, {}};
  void* mapped =
      ::mmap(nullptr, sizeof(record::Channel), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (mapped == MAP_FAILED)
    return base::system_error("cannot map the channel", file.string(), errno);
  std::unique_ptr<ProcessChannel> process(
      new ProcessChannel(file, static_cast<record::Channel*>(mapped)));
  const record::ChannelHeader& header = process->header();
  if (header.magic != record::kChannelMagic || header.version != record::kChannelVersion)
    return Error{
        Errc::kFormat, "is not a channel of this version of Joulepath", file.string(), 0, {}};
  return process;
}

ProcessChannel::ProcessChannel(std::filesystem::path file, record::Channel* channel)
    : file_(std::move(file)), channel_(channel) {
  // Since Linux 5.3; the start time is checked after it, so that it is this process's.
  pidfd_ = base::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, channel_->header.pid, 0u)));
  if (record::process_start_time(channel_->header.pid) != channel_->header.start_time)
    pidfd_ = base::Descriptor();
}

ProcessChannel::~ProcessChannel() {
  ::munmap(channel_, sizeof(record::Channel));
}

bool ProcessChannel::lane_ready(std::uint32_t lane) const {
  // Pairs with the release fetch_or in pmpi/src/process.cpp.
  const std::uint64_t word = header().lanes_ready[lane / 64].load(std::memory_order_acquire);
  return (word >> (lane % 64) & 1u) != 0;
}

bool ProcessChannel::alive() const {
  if (!pidfd_.open()) return record::process_start_time(header().pid) == header().start_time;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  return ::poll(&ended, 1, 0) == 0;
}

void ProcessChannel::tell(record::RecorderState state, const std::string& message) {
  record::ChannelHeader& header = channel_->header;
  const std::size_t kept = std::min(message.size(), sizeof header.recorder_message - 1);
  std::memcpy(header.recorder_message, message.data(), kept);
  header.recorder_message[kept] = '\0';
  // Pairs with the acquire load in the shim's MPI_Finalize.
  header.recorder_state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
}

}  // namespace joulepath::tools
