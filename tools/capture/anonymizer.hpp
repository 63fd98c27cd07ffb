// Takes out of text what tells which machine it came from: host names, serial numbers, MAC
// addresses, UUIDs. Numbers alone are left as they are: they are readings.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace joulepath::tools {

class Anonymizer {
 public:
  /// `secrets`: words to be taken out wherever they stand as words, in any case of letters.
  explicit Anonymizer(std::vector<std::string> secrets);

  /// The same UUID or MAC address always becomes the same other one.
  [[nodiscard]] std::string text(std::string_view text);

 private:
  std::vector<std::string> secrets_;  ///< small letters, the longest first
  std::map<std::string, std::string> uuids_;
  std::map<std::string, std::string> macs_;
};

/// Names and serial numbers that this machine's own files tell: host and domain name, those
/// of the board, of disks and network cards.
std::vector<std::string> secrets_of(const std::filesystem::path& sysfs_root,
                                    const std::filesystem::path& proc_root);

}  // namespace joulepath::tools
