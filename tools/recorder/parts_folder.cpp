#include "tools/recorder/parts_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <sstream>

#include "core/base/file.hpp"
#include "tools/team/process_identity.hpp"

namespace joulepath::tools {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;

namespace {

constexpr const char* kMark = "run";
constexpr const char* kGathering = "gathering";
constexpr const char* kByLauncher = "gathered by joulepath run";
constexpr const char* kByRecorder = "gathered by the last recorder";

/// Fails where the file exists.
base::Status make_file(const fs::path& path, const std::string& text) {
  const base::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.open()) {
    const int reason = errno;
    Error error = base::system_error("cannot be made", path.string(), reason);
    if (reason == EEXIST) error.code = Errc::kConflict;
    return error;
  }
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return base::system_error("cannot be written", path.string(), errno);
  return base::Done{};
}

fs::path with_extension(fs::path path, const char* extension) {
  return path.replace_extension(extension);
}

fs::path temporary_name(const fs::path& parts) {
  static int count = 0;
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  fs::path name = parts;
  name += fmt::format(".{}-{}-{}", host, ::getpid(), ++count);
  return name;
}

}  // namespace

base::Status make_parts(const fs::path& parts, const RunMark& mark) {
  std::error_code error;
  const Error exists{Errc::kConflict, "exists already", parts.string(), 0, {}};
  if (fs::exists(fs::symlink_status(parts, error))) return exists;
  const fs::path made = temporary_name(parts);
  if (!fs::create_directory(made, error))
    return base::system_error("cannot be made", parts.string(), error.value());
  const auto marked = make_file(
      made / kMark, fmt::format("{}\n{}\n", mark.session,
                                mark.gatherer == Gatherer::kLauncher ? kByLauncher : kByRecorder));
  // A folder is only ever put in the place of an empty one; ours never are.
  const bool placed = marked && ::rename(made.c_str(), parts.c_str()) == 0;
  const int reason = errno;
  if (placed) return base::Done{};
  fs::remove_all(made, error);
  if (!marked) return marked.error();
  if (reason == EEXIST || reason == ENOTEMPTY || reason == ENOTDIR) return exists;
  return base::system_error("cannot be made", parts.string(), reason);
}

std::optional<RunMark> mark_of(const fs::path& parts) {
  const auto text = base::read_file(parts / kMark);
  if (!text) return std::nullopt;
  std::istringstream lines(*text);
  RunMark mark;
  std::string gatherer;
  if (!std::getline(lines, mark.session) || !std::getline(lines, gatherer)) return std::nullopt;
  mark.gatherer = gatherer == kByLauncher ? Gatherer::kLauncher : Gatherer::kLastRecorder;
  return mark;
}

bool in_use(const fs::path& parts) {
  constexpr auto kMost = std::chrono::seconds(60);
  const fs::path probe = temporary_name(parts / "probe");
  std::error_code error;
  if (!make_file(probe, {})) return false;
  const auto now = fs::last_write_time(probe, error);
  bool used = false;
  for (const auto& entry : fs::directory_iterator(parts, error)) {
    if (entry.path() == probe) continue;
    std::error_code gone;
    const auto written = entry.last_write_time(gone);
    used = !gone && now - written < kMost;
    if (used) break;  // of thousands of nodes each would ask for all files of all others
  }
  fs::remove(probe, error);
  return used;
}

base::Result<fs::path> add_writer(const fs::path& parts, const std::string& hostname) {
  constexpr int kMost = 1000;
  std::error_code ignored;
  for (int number = 1; number <= kMost; ++number) {
    const std::string name = number == 1 ? hostname : fmt::format("{}.{}", hostname, number);
    const fs::path file = parts / ("node-" + name + ".h5");
    if (fs::exists(file, ignored)) continue;
    const fs::path writer = with_extension(file, ".writer");
    const std::string self = own_identity() + "\n";
    if (const auto made = make_file(writer, self); !made) {
      if (made.error().code != Errc::kConflict) return made.error();
      continue;
    }
    // Who gathers makes its file first and then looks for writers: one of the two sees the
    // other.
    if (!fs::exists(parts / kGathering, ignored)) return file;
    fs::remove(writer, ignored);
    return Error{Errc::kConflict, "is being gathered", parts.string(), 0, {}};
  }
  return Error{Errc::kConflict, "holds too many files of this node", parts.string(), 0, {}};
}

bool surely_dead(const fs::path& node_file) {
  const auto text = base::read_file(with_extension(node_file, ".writer"));
  if (!text) return false;
  return surely_gone(*text);
}

base::Status end_writer(const fs::path& node_file, const RanksSeen& seen) {
  const fs::path writer = with_extension(node_file, ".writer");
  const fs::path done =
      with_extension(node_file, fmt::format(".{}-{}.done", seen.ranks, seen.world).c_str());
  if (auto status = make_file(done, {}); !status) return status;
  std::error_code ignored;
  fs::remove(writer, ignored);
  return base::Done{};
}

namespace {

/// "NODE.R-W", of the name without ".done".
struct DoneName {
  std::string_view node;
  RanksSeen seen;
};

DoneName parse_done(std::string_view name) {
  DoneName parsed{name.substr(0, name.rfind('.')), {}};
  if (parsed.node.size() == name.size()) return parsed;
  const std::string_view ranks = name.substr(parsed.node.size() + 1);
  const auto dash = ranks.find('-');
  const auto number = [](std::string_view text) {
    return static_cast<std::size_t>(base::parse_u64(text).value_or(0));
  };
  parsed.seen.ranks = number(ranks.substr(0, dash));
  if (dash != std::string_view::npos) parsed.seen.world = number(ranks.substr(dash + 1));
  return parsed;
}

}  // namespace

// Every node of a run calls this when it ends, and each time it reads the names of all: no paths.
PartsState look_at(const fs::path& parts) {
  constexpr std::string_view kWriter = ".writer";
  constexpr std::string_view kDone = ".done";
  PartsState state;
  std::vector<std::string> writers;
  std::vector<std::string> done;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(parts.c_str()), ::closedir);
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
    std::string_view name = entry->d_name;
    if (name.ends_with(kWriter)) {
      writers.emplace_back(name.substr(0, name.size() - kWriter.size()));
    } else if (name.ends_with(kDone)) {
      const DoneName parsed = parse_done(name.substr(0, name.size() - kDone.size()));
      ++state.done;
      done.emplace_back(parsed.node);
      state.seen.ranks += parsed.seen.ranks;
      state.seen.world = std::max(state.seen.world, parsed.seen.world);
    }
  }
  std::sort(writers.begin(), writers.end());
  if (!writers.empty()) std::sort(done.begin(), done.end());
  for (const std::string& writer : writers)
    if (!std::binary_search(done.begin(), done.end(), writer))
      state.writing.push_back(parts / (writer + ".h5"));
  return state;
}

bool begin_gathering(const fs::path& parts, std::size_t writing) {
  if (!make_file(parts / kGathering, {})) return false;
  if (look_at(parts).writing.size() <= writing) return true;
  give_up_gathering(parts);
  return false;
}

void give_up_gathering(const fs::path& parts) {
  std::error_code ignored;
  fs::remove(parts / kGathering, ignored);
}

void remove_parts(const fs::path& parts) {
  std::error_code failed;
  const fs::path aside = temporary_name(parts);
  fs::rename(parts, aside, failed);
  std::error_code ignored;
  fs::remove_all(failed ? parts : aside, ignored);
}

}  // namespace joulepath::tools
