#include "pmpi/src/channel_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "pmpi/src/shared_file.hpp"

namespace joulepath::pmpi {
namespace {

using record::Channel;

std::size_t lane_offset(std::size_t lane) noexcept {
  return offsetof(Channel, lanes) + lane * record::kLaneBytes;
}

}  // namespace

int create_channel(const record::SessionPath& directory, ChannelFile& file) noexcept {
  std::snprintf(file.path, sizeof file.path, "%s/.channel.%d", directory.text,
                static_cast<int>(::getpid()));
  void* mapped = nullptr;
  const int error = create_shared_file(file.path, sizeof(Channel), lane_offset(1), &mapped);
  file.channel = static_cast<Channel*>(mapped);
  return error;
}

int publish_channel(const record::SessionPath& directory, ChannelFile& file) noexcept {
  const record::ChannelHeader& header = file.channel->header;
  // A program that a rank executes in its place has the rank's pid and start time.
  for (int image = 0; image < 100; ++image) {
    char name[sizeof file.path];
    std::snprintf(name, sizeof name, "%s/channel.%d.%llu.%d", directory.text, header.pid,
                  static_cast<unsigned long long>(header.start_time), image);
    if (::renameat2(AT_FDCWD, file.path, AT_FDCWD, name, RENAME_NOREPLACE) == 0) {
      std::snprintf(file.path, sizeof file.path, "%s", name);
      return 0;
    }
    if (errno != EEXIST) return errno;
  }
  return EEXIST;
}

int populate_lane(const ChannelFile& file, std::size_t lane) noexcept {
  return populate_shared_file(file.path, file.channel, lane_offset(lane), record::kLaneBytes);
}

}  // namespace joulepath::pmpi
