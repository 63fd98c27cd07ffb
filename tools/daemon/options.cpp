#include "tools/daemon/options.hpp"

#include <fmt/format.h>
#include <pwd.h>

#include <charconv>

#include "core/base/file.hpp"
#include "core/base/split.hpp"
#include "tools/settings/toml_file.hpp"

namespace joulepath::daemon {
namespace {

using base::Errc;
using base::Error;

Error bad(const std::string& key, const std::string& text, const char* expected) {
  return {Errc::kUsage, fmt::format("bad {} \"{}\": expected {}", key, text, expected), {}, 0, {}};
}

base::Status set_allow(Options& options, const std::string& key, const std::string& text) {
  options.allow.clear();
  for (const std::string_view word : base::split(text, ',')) {
    const std::string name(base::trimmed(word));
    if (const auto number = base::parse_u64(name); number && *number < 0xffffffffU) {
      options.allow.push_back(static_cast<uid_t>(*number));
    } else if (const passwd* user = ::getpwnam(name.c_str())) {
      options.allow.push_back(user->pw_uid);
    } else {
      return bad(key, name, "users by name or number, with commas between");
    }
  }
  return base::Done{};
}

base::Status set(Options& options, const std::string& key, const std::string& text) {
  if (key == "rate") {
    double rate = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
    if (error != std::errc{} || end != text.data() + text.size() || !(rate >= 1 && rate <= 1000))
      return bad(key, text, "readings a second, 1 to 1000");
    options.rate_hz = rate;
  } else if (key == "sensors") {
    options.sensors = text;
  } else if (key == "user") {
    options.user = text;
  } else if (key == "allow") {
    return set_allow(options, key, text);
  } else if (key == "run-folder") {
    options.run_folder = text;
  } else if (key == "sysfs-root") {
    options.sysfs_root = text;
  } else if (key == "dev-root") {
    options.dev_root = text;
  } else {
    return Error{Errc::kUsage,
                 fmt::format("unknown setting \"{}\"", key),
                 {},
                 0,
                 "known are rate, sensors, user, allow, run-folder, sysfs-root, dev-root"};
  }
  return base::Done{};
}

}  // namespace

base::Result<Options> load_options(const std::map<std::string, std::string>& words,
                                   const std::filesystem::path& file) {
  Options options;
  if (!file.empty()) {
    const auto pairs = tools::read_toml_pairs(file);
    if (!pairs) return pairs.error();
    for (const auto& [key, entry] : *pairs)
      if (base::Status done = set(options, key, entry.text); !done) {
        done.error().where = fmt::format("{}:{}", file.string(), entry.line);
        return done.error();
      }
  }
  for (const auto& [key, text] : words)
    if (base::Status done = set(options, key, text); !done) {
      done.error().where = "--" + key;
      return done.error();
    }
  return options;
}

}  // namespace joulepath::daemon
