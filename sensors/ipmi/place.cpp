#include "sensors/ipmi/place.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/base/file.hpp"
#include "sensors/api/refusal.hpp"

namespace joulepath::sensors::ipmi {
namespace {

/// IPMI 2.0 section 13.28: a key of at most 20 bytes.
constexpr std::size_t kLongestPassword = 20;

/// The names under which the kernel's ipmi_devintf and udev rules make the device: Linux
/// Documentation/driver-api/ipmi.rst.
constexpr const char* kDevices[] = {"ipmi0", "ipmi/0", "ipmidev/0"};

std::string replaced(std::string text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

void find_device(const Environment& environment, FoundPlace& found) {
  for (const char* name : kDevices) {
    const auto path = environment.dev_root / name;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) continue;
    found.place.device = found.name = path.string();
    if (::access(path.c_str(), R_OK | W_OK) == 0) return;
    found.reason =
        path.string() + ": " + errno_words(errno) + "; who may use it controls the whole BMC";
    found.remedy =
        "make a BMC user with no more than the privilege \"user\", and set ipmi-host, ipmi-user "
        "and ipmi-password-file";
    return;
  }
  found.absent = (environment.dev_root / kDevices[0]).string() +
                 " is not there (driver ipmi_devintf), and ipmi-host names no BMC";
}

/// The password, or why not, in `found`.
void read_password(const std::filesystem::path& path, FoundPlace& found) {
  const auto text = base::read_file(path, 4096);
  if (!text) {
    found.reason = "ipmi-password-file " + text.error().message();
    return;
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    found.reason = "ipmi-password-file " + path.string() + ": may be used by other users";
    found.remedy = "chmod 600 " + path.string();
    return;
  }
  found.place.password = text->substr(0, text->find_first_of("\r\n"));
  if (found.place.password.empty())
    found.reason = "ipmi-password-file " + path.string() + ": its first line is empty";
  if (found.place.password.size() > kLongestPassword)
    found.reason =
        "ipmi-password-file " + path.string() + ": IPMI passwords have at most 20 characters";
}

void find_host(const IpmiAccess& access, const std::string& node_name, FoundPlace& found) {
  found.place.host = found.name = replaced(access.host, "%h", node_name);
  if (access.host.find("%h") == std::string::npos)
    found.note = "ipmi-host \"" + access.host +
                 "\" is taken for this node's BMC; with several nodes write \"%h\" for their names";
  found.place.user = access.user;
  if (access.privilege == "operator") found.place.privilege = 3;
  if (access.privilege == "admin") found.place.privilege = 4;
  if (access.user.empty())
    found.reason = "ipmi-host is set, but no ipmi-user";
  else if (access.password_file.empty())
    found.reason = "ipmi-host is set, but no ipmi-password-file";
  else
    read_password(access.password_file, found);
}

}  // namespace

FoundPlace find_place(const Environment& environment, const std::string& node_name) {
  FoundPlace found;
  if (environment.ipmi.host.empty())
    find_device(environment, found);
  else
    find_host(environment.ipmi, node_name, found);
  return found;
}

std::string short_node_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  const std::string_view text(name.data());
  return std::string(text.substr(0, text.find('.')));
}

}  // namespace joulepath::sensors::ipmi
