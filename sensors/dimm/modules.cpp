#include "sensors/dimm/modules.hpp"

#include <algorithm>
#include <system_error>

#include "core/base/file.hpp"

namespace joulepath::sensors::dimm {
namespace {

namespace fs = std::filesystem;

// DSP0134 3.6: section 6.1.2 (header), 7.18 and 7.18.2 (memory device), 7.45 (end of table).
constexpr std::size_t kHeaderBytes = 4;
constexpr std::uint8_t kMemoryDevice = 17, kEndOfTable = 127;
constexpr std::size_t kSizeAt = 0x0C, kTypeAt = 0x12, kExtendedSizeAt = 0x1C;
constexpr std::size_t kLeastBytes = kTypeAt + 1;
constexpr std::uint32_t kUnknownSize = 0xFFFF, kSizeIsExtended = 0x7FFF, kInKilobytes = 0x8000;

std::string type_name(std::uint8_t type) {
  switch (type) {
    case 0x18: return "DDR3";
    case 0x1A: return "DDR4";
    case 0x22: return "DDR5";
    default: return {};
  }
}

std::uint32_t number(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

/// In MiB; 0: nothing plugged in. A size that the firmware does not know is at least one.
std::uint64_t size_of(std::span<const std::uint8_t> structure) {
  const std::uint32_t size = number(structure, kSizeAt, 2);
  if (size == kUnknownSize) return 1;
  if (size == kSizeIsExtended)
    return structure.size() >= kExtendedSizeAt + 4
               ? std::max(number(structure, kExtendedSizeAt, 4) & 0x7FFFFFFFu, 1u)
               : 1;
  if ((size & kInKilobytes) == 0) return size;
  const std::uint32_t kib = size & ~kInKilobytes;
  return kib == 0 ? 0 : std::max(kib / 1024, 1u);
}

/// Behind the two zeros that end the strings of a structure; nullopt: they are not there.
std::optional<std::size_t> end_of_strings(std::span<const std::uint8_t> table, std::size_t at) {
  for (; at + 1 < table.size(); ++at)
    if (table[at] == 0 && table[at + 1] == 0) return at + 2;
  return std::nullopt;
}

template <class Visit>
void each_entry(const fs::path& dir, Visit visit) {
  std::error_code failed;
  for (fs::directory_iterator at(dir, failed), end; !failed && at != end; at.increment(failed))
    visit(at->path(), at->path().filename().string());
}

/// "Registered-DDR4", "Unbuffered-DDR5": edac_mem_types in drivers/edac/edac_mc.c.
std::string type_in(const std::string& text) {
  for (const char* type : {"DDR3", "DDR4", "DDR5"})
    if (text.ends_with(type) && !text.ends_with(std::string("LP") + type)) return type;
  return {};
}

}  // namespace

std::optional<std::vector<Module>> modules_in(std::span<const std::uint8_t> table) {
  std::vector<Module> modules;
  for (std::size_t at = 0; at < table.size();) {
    if (table.size() - at < kHeaderBytes) return std::nullopt;
    const std::uint8_t type = table[at];
    const std::size_t length = table[at + 1];
    if (length < kHeaderBytes || length > table.size() - at) return std::nullopt;
    const auto structure = table.subspan(at, length);
    if (type == kEndOfTable) return modules;
    if (type == kMemoryDevice) {
      if (length < kLeastBytes) return std::nullopt;
      if (const std::uint64_t size = size_of(structure); size != 0)
        modules.push_back({size, type_name(structure[kTypeAt])});
    }
    const auto next = end_of_strings(table, at + length);
    if (!next) return std::nullopt;
    at = *next;
  }
  return std::nullopt;  // without its end it may have been longer
}

EdacModules edac_modules(const fs::path& sysfs_root) {
  EdacModules found;
  each_entry(
      sysfs_root / "devices/system/edac/mc", [&](const fs::path& mc, const std::string& mc_name) {
        if (!mc_name.starts_with("mc")) return;
        each_entry(mc, [&](const fs::path& path, const std::string& name) {
          const bool rank = name.starts_with("rank");
          if (!rank && !name.starts_with("dimm")) return;
          const auto text = base::read_file(path / "size");
          const auto size_mib = text ? base::parse_u64(*text) : std::optional<std::uint64_t>{};
          if (!size_mib || *size_mib == 0) return;
          if (rank) found.only_ranks = true;
          const auto type = base::read_file(path / "dimm_mem_type");
          found.modules.push_back(
              {*size_mib, type ? type_in(std::string(base::trimmed(*type))) : std::string()});
        });
      });
  return found;
}

}  // namespace joulepath::sensors::dimm
