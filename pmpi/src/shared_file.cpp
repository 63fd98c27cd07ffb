#include "pmpi/src/shared_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "core/record/channel_layout.hpp"

namespace joulepath::pmpi {
namespace {

/// The pages exist after posix_fallocate; touching them here keeps the page faults out
/// of the program's calls.
int populate(int fd, void* mapped, std::size_t begin, std::size_t bytes) noexcept {
  if (const int error = posix_fallocate(fd, static_cast<off_t>(begin), static_cast<off_t>(bytes)))
    return error;
  auto* first = static_cast<volatile unsigned char*>(mapped) + begin;
  for (std::size_t at = 0; at < bytes; at += record::kPageBytes) first[at] = 0;
  return 0;
}

}  // namespace

int create_shared_file(const char* path, std::size_t bytes, std::size_t populated,
                       void** mapped) noexcept {
  ::unlink(path);  // left by a process of the same pid that died in here
  const int fd = ::open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return errno;
  int error = ::ftruncate(fd, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
  void* memory = MAP_FAILED;
  if (error == 0) {
    memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) error = errno;
  }
  if (error == 0) error = populate(fd, memory, 0, populated);
  ::close(fd);
  if (error != 0) {
    if (memory != MAP_FAILED) ::munmap(memory, bytes);
    ::unlink(path);
    return error;
  }
  *mapped = memory;
  return 0;
}

int populate_shared_file(const char* path, void* mapped, std::size_t begin,
                         std::size_t bytes) noexcept {
  // By name: a descriptor kept open could be closed, or reused, by the program.
  const int fd = ::open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno;
  const int error = populate(fd, mapped, begin, bytes);
  ::close(fd);
  return error;
}

}  // namespace joulepath::pmpi
