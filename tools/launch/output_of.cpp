#include "tools/launch/output_of.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/file.hpp"

extern char** environ;

namespace joulepath::tools {

std::string output_of(const std::vector<std::string>& command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  base::Descriptor read_end(ends[0]), write_end(ends[1]);
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, write_end.get(), 1);
  posix_spawn_file_actions_adddup2(&files, write_end.get(), 2);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  write_end = base::Descriptor();
  if (error != 0) return {};
  constexpr std::size_t kMost = 64 * 1024;
  std::string text;
  char block[4096];
  for (ssize_t got = 0; (got = ::read(read_end.get(), block, sizeof block)) != 0;) {
    if (got < 0 && errno != EINTR) break;
    if (got > 0 && text.size() < kMost) text.append(block, static_cast<std::size_t>(got));
  }
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return text;
}

}  // namespace joulepath::tools
