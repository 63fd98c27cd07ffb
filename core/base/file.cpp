#include "core/base/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace joulepath::base {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int Descriptor::release() {
  return std::exchange(fd_, -1);
}

Error system_error(std::string what, std::string where, int sys_errno) {
  Errc code = Errc::kIo;
  if (sys_errno == ENOENT || sys_errno == ENODEV || sys_errno == ENXIO) code = Errc::kNotFound;
  if (sys_errno == EACCES || sys_errno == EPERM) code = Errc::kPermission;
  return Error{code, std::move(what), std::move(where), sys_errno, {}};
}

Result<Descriptor> open_readonly(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open", path.string(), errno);
  return Descriptor(fd);
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  auto file = open_readonly(path);
  if (!file) return file.error();
  std::string text;
  char block[4096];
  while (text.size() < limit) {
    const ssize_t got = ::read(file->get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", path.string(), errno);
    if (got == 0) return text;
    text.append(block, static_cast<std::size_t>(got));
  }
  return Error{Errc::kFormat, "is longer than expected", path.string(), 0, {}};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<std::uint64_t> parse_u64(std::string_view text) {
  text = trimmed(text);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

}  // namespace joulepath::base
