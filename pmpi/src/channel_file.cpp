#include "pmpi/src/channel_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace joulepath::pmpi {
namespace {

using record::Channel;

/// The pages exist after posix_fallocate; touching them here keeps the page faults out
/// of the program's calls.
int populate(int fd, Channel* channel, std::size_t begin, std::size_t bytes) noexcept {
  if (const int error = posix_fallocate(fd, static_cast<off_t>(begin), static_cast<off_t>(bytes)))
    return error;
  auto* first = reinterpret_cast<volatile unsigned char*>(channel) + begin;
  for (std::size_t at = 0; at < bytes; at += record::kPageBytes) first[at] = 0;
  return 0;
}

std::size_t lane_offset(std::size_t lane) noexcept {
  return offsetof(Channel, lanes) + lane * record::kLaneBytes;
}

}  // namespace

int create_channel(const record::SessionPath& directory, ChannelFile& file) noexcept {
  std::snprintf(file.path, sizeof file.path, "%s/.channel.%d", directory.text,
                static_cast<int>(::getpid()));
  ::unlink(file.path);  // left by a process of the same pid that died in here
  const int fd = ::open(file.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return errno;
  int error = ::ftruncate(fd, sizeof(Channel)) == 0 ? 0 : errno;
  void* mapped = MAP_FAILED;
  if (error == 0) {
    mapped = ::mmap(nullptr, sizeof(Channel), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) error = errno;
  }
  if (error == 0) {
    file.channel = static_cast<Channel*>(mapped);
    error = populate(fd, file.channel, 0, lane_offset(1));
  }
  ::close(fd);
  if (error != 0) {
    if (mapped != MAP_FAILED) ::munmap(mapped, sizeof(Channel));
    file.channel = nullptr;
    ::unlink(file.path);
  }
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
  // By name: a descriptor kept open could be closed, or reused, by the program.
  const int fd = ::open(file.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno;
  const int error = populate(fd, file.channel, lane_offset(lane), record::kLaneBytes);
  ::close(fd);
  return error;
}

}  // namespace joulepath::pmpi
