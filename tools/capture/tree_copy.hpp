// Copies chosen files of a tree with the links on the way to them, so that the copy reads
// like the original. Only regular files of text; what may not be read is an empty file and a
// refusal. Nothing outside the tree is followed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "tools/capture/anonymizer.hpp"

namespace joulepath::tools {

class TreeCopy {
 public:
  struct Refusal {
    std::string path;  ///< below the target
    int sys_errno = 0;
  };

  /// Roots of the original and of the copy. `anonymizer` outlives this.
  TreeCopy(std::filesystem::path source, std::filesystem::path target, Anonymizer& anonymizer)
      : source_(std::move(source)), target_(std::move(target)), anonymizer_(&anonymizer) {}

  /// Every file, link and folder that `pattern` matches, component by component as a shell
  /// would ("class/hwmon/hwmon*/name"). Error kIo: the copy cannot be written.
  base::Status take(std::string_view pattern);
  /// One file, of which only the lines stay that begin with one of `keys`.
  base::Status take_lines(const std::string& file, const std::vector<std::string>& keys);

  [[nodiscard]] std::size_t files() const { return files_; }
  [[nodiscard]] const std::vector<Refusal>& refusals() const { return refusals_; }

 private:
  base::Status reproduce(const std::filesystem::path& path);
  base::Status copy_file(const std::filesystem::path& path);
  base::Status write(const std::filesystem::path& path, const std::string& text);

  std::filesystem::path source_;
  std::filesystem::path target_;
  Anonymizer* anonymizer_;
  std::size_t files_ = 0;
  std::vector<Refusal> refusals_;
};

}  // namespace joulepath::tools
