#include "tools/capture/anonymizer.hpp"

#include <fmt/format.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>

#include "core/base/file.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

std::string small_letters(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// What makers write where a serial number should be, and names that say nothing.
bool says_nothing(const std::string& secret) {
  constexpr std::array kWords{"none",        "default string",        "to be filled by o.e.m.",
                              "localhost",   "system serial number",  "not specified",
                              "localdomain", "chassis serial number", "unknown",
                              "(none)",      "00:00:00:00:00:00",     "asset tag"};
  // A short word may be part of the kernel's own names ("cpu0").
  return secret.size() < 3 || std::find(kWords.begin(), kWords.end(), secret) != kWords.end();
}

/// Each match of `shape` by one that `name` makes of how many there were before.
template <class Name>
std::string replace_each(const std::string& text, const std::regex& shape,
                         std::map<std::string, std::string>& known, Name name) {
  std::string out;
  auto rest = text.cbegin();
  for (std::sregex_iterator at(text.begin(), text.end(), shape), end; at != end; ++at) {
    out.append(rest, text.cbegin() + at->position());
    const auto [entry, added] = known.try_emplace(small_letters(at->str()));
    if (added) entry->second = name(known.size());
    out += entry->second;
    rest = text.cbegin() + at->position() + at->length();
  }
  return out.append(rest, text.cend());
}

std::string take_out(const std::string& text, const std::string& secret) {
  const std::string searched = small_letters(text);
  std::string out;
  std::size_t from = 0;
  for (auto at = searched.find(secret); at != std::string::npos;
       at = searched.find(secret, at + 1)) {
    const std::size_t end = at + secret.size();
    const bool word = (at == 0 || !is_word(searched[at - 1])) &&
                      (end == searched.size() || !is_word(searched[end]));
    if (!word || at < from) continue;
    out.append(text, from, at - from) += "removed";
    from = end;
  }
  return out.append(text, from);
}

void add_files(std::vector<std::string>& secrets, const fs::path& pattern) {
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
    for (std::size_t at = 0; at < found.gl_pathc; ++at)
      if (const auto text = base::read_file(found.gl_pathv[at]))
        secrets.emplace_back(base::trimmed(*text));
  ::globfree(&found);
}

}  // namespace

Anonymizer::Anonymizer(std::vector<std::string> secrets) {
  for (const std::string& secret : secrets)
    if (std::string small = small_letters(secret); !says_nothing(small))
      secrets_.push_back(std::move(small));
  std::sort(secrets_.begin(), secrets_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
}

std::string Anonymizer::text(std::string_view text) {
  static const std::regex kUuid(
      "\\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\\b");
  static const std::regex kMac("\\b[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5,}\\b");
  if (std::none_of(text.begin(), text.end(), [](char c) {
        return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '-';
      }))
    return std::string(text);
  std::string out = replace_each(std::string(text), kUuid, uuids_, [](std::size_t number) {
    return fmt::format("00000000-0000-0000-0000-{:012}", number);
  });
  out = replace_each(out, kMac, macs_, [](std::size_t number) {
    return fmt::format("00:00:00:00:{:02x}:{:02x}", number / 256 % 256, number % 256);
  });
  for (const std::string& secret : secrets_) out = take_out(out, secret);
  return out;
}

std::vector<std::string> secrets_of(const fs::path& sysfs_root, const fs::path& proc_root) {
  std::vector<std::string> secrets;
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) secrets.emplace_back(host.data());
  for (const char* file : {"sys/kernel/hostname", "sys/kernel/domainname"})
    add_files(secrets, proc_root / file);
  const std::size_t names = secrets.size();
  for (std::size_t at = 0; at < names; ++at)  // the host's part of a full name
    if (const auto dot = secrets[at].find('.'); dot != std::string::npos)
      secrets.push_back(secrets[at].substr(0, dot));
  for (const char* pattern :
       {"class/dmi/id/*_serial", "class/dmi/id/*_uuid", "class/dmi/id/*_asset_tag",
        "class/net/*/address", "class/nvme/*/serial", "block/*/device/serial",
        "class/hwmon/hwmon*/power*_serial_number", "class/hwmon/hwmon*/device/power*_serial_number",
        "class/drm/card*/device/unique_id", "class/drm/card*/device/serial_number"})
    add_files(secrets, sysfs_root / pattern);
  return secrets;
}

}  // namespace joulepath::tools
