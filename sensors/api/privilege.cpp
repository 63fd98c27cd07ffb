#include "sensors/api/privilege.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "core/base/file.hpp"

namespace joulepath::sensors {
namespace {

namespace fs = std::filesystem;

std::string_view name_of(Capability capability) {
  return capability == Capability::kPerfmon ? "perfmon" : "sys_rawio";
}

std::string_view upper_name_of(Capability capability) {
  return capability == Capability::kPerfmon ? "CAP_PERFMON" : "CAP_SYS_RAWIO";
}

/// The recorder is installed beside every other program of ours.
std::string recorder_program(const fs::path& proc_root) {
  std::error_code failed;
  const fs::path self = fs::read_symlink(proc_root / "self/exe", failed);
  return ((failed ? fs::path() : self.parent_path()) / "joulepath-recorder").string();
}

}  // namespace

Held held(const fs::path& proc_root, Capability capability) {
  const auto status = base::read_file(proc_root / "self/status");
  if (!status) return Held::kUnknown;
  constexpr std::string_view kKey = "\nCapEff:";
  const auto at = status->find(kKey);
  if (at == std::string::npos) return Held::kUnknown;
  std::string_view text = std::string_view(*status).substr(at + kKey.size());
  text = base::trimmed(text.substr(0, text.find('\n')));
  std::uint64_t bits = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  if (failed != std::errc{} || end != text.data() + text.size()) return Held::kUnknown;
  return (bits >> static_cast<unsigned>(capability) & 1) != 0 ? Held::kYes : Held::kNo;
}

std::string describe(const fs::path& proc_root, Capability capability) {
  const std::string name(upper_name_of(capability));
  switch (held(proc_root, capability)) {
    case Held::kYes: return name + " is there";
    case Held::kNo: return name + " is missing";
    case Held::kUnknown: break;
  }
  return name + ": not known whether held";
}

std::string grant_to_recorder(const fs::path& proc_root, Capability capability) {
  const std::string program = recorder_program(proc_root);
  return "chgrp joulepath " + program + " && chmod 0750 " + program + " && setcap cap_" +
         std::string(name_of(capability)) + "=ep " + program;
}

}  // namespace joulepath::sensors
