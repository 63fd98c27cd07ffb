#include "sensors/cray/scan.hpp"

#include <cerrno>
#include <utility>

namespace joulepath::sensors::cray {
namespace {

constexpr std::string_view kSpace = " \t";

/// The next word of `text`, which is cut off it.
std::string_view take_word(std::string_view& text) {
  text = base::trimmed(text);
  const std::string_view word = text.substr(0, text.find_first_of(kSpace));
  text.remove_prefix(word.size());
  return word;
}

std::optional<CounterFile> open_file(const std::filesystem::path& path, const FileCalls& calls,
                                     std::string& missing) {
  CounterFile file({path.string(), {}, {}}, calls);
  if (const auto opened = file.open(); !opened) {
    missing += (missing.empty() ? "" : "; ") + opened.error().message();
    return std::nullopt;
  }
  return file;
}

/// 0 for a file that is done without; sets *sys_errno when it cannot be had.
std::uint64_t count_in(std::optional<CounterFile>& file, std::int64_t now_ns,
                       int* sys_errno) noexcept {
  if (!file) return 0;
  CounterFile::Text buffer;
  const CounterFile::TextRead read = file->read_text(now_ns, buffer);
  const auto count = parse_count(read.text);
  if (read.sys_errno != 0)
    *sys_errno = read.sys_errno;
  else if (!count)
    *sys_errno = EBADMSG;
  return count.value_or(0);
}

}  // namespace

std::optional<std::uint64_t> parse_joules(std::string_view text) noexcept {
  const auto joules = base::parse_u64(take_word(text));
  if (take_word(text) != "J") return std::nullopt;
  if (base::trimmed(text).empty()) return joules;
  if (!base::parse_u64(take_word(text)) || take_word(text) != "us") return std::nullopt;
  return base::trimmed(text).empty() ? joules : std::nullopt;
}

std::optional<std::uint64_t> parse_count(std::string_view text) noexcept {
  return base::parse_u64(take_word(text));
}

ScanFiles::ScanFiles(const std::filesystem::path& dir, const FileCalls& calls, std::string& missing)
    : freshness_(open_file(dir / "freshness", calls, missing)),
      startup_(open_file(dir / "startup", calls, missing)) {}

ScanMark ScanFiles::mark(std::int64_t now_ns) noexcept {
  ScanMark mark;
  mark.startup = count_in(startup_, now_ns, &mark.sys_errno);
  mark.freshness = count_in(freshness_, now_ns, &mark.sys_errno);
  return mark;
}

bool ScanFiles::stale(const ScanMark& mark, std::int64_t now_ns, std::int64_t longest_ns) noexcept {
  if (!freshness_) return false;
  if (fresh_ns_ < 0 || mark.freshness != last_freshness_) {
    last_freshness_ = mark.freshness;
    fresh_ns_ = now_ns;
  }
  return now_ns - fresh_ns_ > longest_ns;
}

std::optional<std::uint64_t> RestartGuard::raw_of(std::uint64_t joules,
                                                  std::uint64_t startup) noexcept {
  if (started_ && (startup != startup_ || joules < shift_)) {
    if (last_raw_ == 0) return std::nullopt;
    // Where its own value is lower already, it says so itself.
    shift_ = joules < last_raw_ ? 0 : joules - (last_raw_ - 1);
  }
  started_ = true;
  startup_ = startup;
  return last_raw_ = joules - shift_;
}

}  // namespace joulepath::sensors::cray
