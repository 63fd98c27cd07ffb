#include "tools/capture/tree_copy.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <deque>
#include <fstream>
#include <system_error>

#include "core/base/file.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;
using base::Done;
using base::Status;

/// An attribute of sysfs is a page at most; /proc/stat of a large machine is more.
constexpr std::size_t kLargest = std::size_t{4} << 20;

/// The components of a path that stays below its root; empty: it does not.
std::deque<fs::path> components(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  std::deque<fs::path> parts(normal.begin(), normal.end());
  if (!parts.empty() && parts.back().empty()) parts.pop_back();
  if (!parts.empty() && (parts.front() == ".." || parts.front() == "/")) parts.clear();
  return parts;
}

std::vector<fs::path> matches(const fs::path& root, std::string_view pattern) {
  std::vector<fs::path> found{fs::path()};
  for (const fs::path& part : fs::path(pattern)) {
    std::vector<fs::path> next;
    for (const fs::path& folder : found) {
      std::error_code failed;
      if (part.string().find_first_of("*?[") == std::string::npos) {
        if (fs::exists(fs::symlink_status(root / folder / part, failed)))
          next.push_back(folder / part);
        continue;
      }
      for (fs::directory_iterator at(root / folder, failed), end; !failed && at != end;
           at.increment(failed))
        if (::fnmatch(part.c_str(), at->path().filename().c_str(), FNM_PERIOD) == 0)
          next.push_back(folder / at->path().filename());
    }
    found = std::move(next);
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Bytes that no text has become "?".
std::string printable(std::string text) {
  for (char& c : text)
    if (std::iscntrl(static_cast<unsigned char>(c)) != 0 && c != '\n' && c != '\t') c = '?';
  return text;
}

}  // namespace

Status TreeCopy::take(std::string_view pattern) {
  for (const fs::path& path : matches(source_, pattern))
    if (Status done = reproduce(path); !done) return done;
  return Done{};
}

Status TreeCopy::take_lines(const std::string& file, const std::vector<std::string>& keys) {
  const auto text = base::read_file(source_ / file, kLargest);
  if (!text) return Done{};
  std::string kept;
  for (std::size_t from = 0; from < text->size();) {
    const std::size_t end = std::min(text->find('\n', from), text->size());
    const std::string_view line = std::string_view(*text).substr(from, end - from);
    // An empty line ends a CPU of cpuinfo.
    if (line.empty() || std::any_of(keys.begin(), keys.end(),
                                    [&](const std::string& key) { return line.starts_with(key); }))
      kept.append(line) += '\n';
    from = end + 1;
  }
  return write(file, printable(anonymizer_->text(kept)));
}

/// Goes down from the root, so that each link on the way is made before what it leads to.
Status TreeCopy::reproduce(const fs::path& path) {
  constexpr int kMostLinks = 40;
  std::deque<fs::path> ahead = components(path);
  fs::path here;
  std::error_code failed;
  for (int links = 0; !ahead.empty();) {
    here /= ahead.front();
    ahead.pop_front();
    const fs::file_status status = fs::symlink_status(source_ / here, failed);
    const fs::path made = target_ / anonymizer_->text(here.string());
    if (fs::is_symlink(status)) {
      const fs::path leads_to = fs::read_symlink(source_ / here, failed);
      const fs::path inside = (here.parent_path() / leads_to).lexically_normal();
      std::deque<fs::path> next = components(inside);
      if (failed || next.empty() || ++links > kMostLinks) return Done{};
      fs::create_directories(made.parent_path(), failed);
      if (!fs::exists(fs::symlink_status(made)))
        fs::create_symlink(anonymizer_->text(leads_to.string()), made, failed);
      if (failed) return base::system_error("cannot make a link", made.string(), failed.value());
      ahead.insert(ahead.begin(), next.begin(), next.end());
      here.clear();
    } else if (fs::is_directory(status)) {
      fs::create_directories(made, failed);
      if (failed) return base::system_error("cannot make a folder", made.string(), failed.value());
    } else if (fs::is_regular_file(status) && ahead.empty()) {
      return copy_file(here);
    } else {
      return Done{};  // a device, or a folder that is a file: not ours
    }
  }
  return Done{};
}

Status TreeCopy::copy_file(const fs::path& path) {
  const auto text = base::read_file(source_ / path, kLargest);
  if (text) return write(path, printable(anonymizer_->text(*text)));
  std::error_code ignored;
  if (fs::exists(target_ / anonymizer_->text(path.string()), ignored)) return Done{};  // known
  refusals_.push_back({anonymizer_->text(path.string()), text.error().sys_errno});
  return write(path, {});
}

Status TreeCopy::write(const fs::path& path, const std::string& text) {
  const fs::path made = target_ / anonymizer_->text(path.string());
  std::error_code ignored;
  if (fs::exists(made, ignored)) return Done{};  // by another link; the first reading stays
  fs::create_directories(made.parent_path(), ignored);
  std::ofstream file(made, std::ios::binary);
  file << text;
  if (!file.flush()) return base::system_error("cannot write", made.string(), errno);
  ++files_;
  return Done{};
}

}  // namespace joulepath::tools
