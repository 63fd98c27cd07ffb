// Small files and descriptors: an owning descriptor, whole-file reads for sysfs and
// procfs, strict number parsing. Nothing here follows user input to odd places.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace joulepath::base {

/// Owns a file descriptor; closes it once.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }
  int release();

 private:
  int fd_ = -1;
};

/// Opens read-only and close-on-exec. Error: kNotFound, kPermission or kIo with errno.
Result<Descriptor> open_readonly(const std::filesystem::path& path);

/// The whole file, at most `limit` bytes (sysfs attributes are at most one page).
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = 1 << 20);

/// Error for a failed system call on `where`, its Errc chosen from `sys_errno`.
Error system_error(std::string what, std::string where, int sys_errno);

/// The text without surrounding white space.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// A whole unsigned decimal number and nothing else (surrounding white space allowed).
[[nodiscard]] std::optional<std::uint64_t> parse_u64(std::string_view text);

}  // namespace joulepath::base
