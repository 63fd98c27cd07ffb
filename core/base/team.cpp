#include "core/base/team.hpp"

#include <cerrno>
#include <fstream>
#include <limits>

#include "core/base/file.hpp"

namespace joulepath::base {

Range part_of(std::size_t count, int rank, int size) {
  const auto cut = [&](int at) {
    return count * static_cast<std::size_t>(at) / static_cast<std::size_t>(size);
  };
  return {cut(rank), cut(rank + 1)};
}

Status share_bytes(Team& team, std::string_view name, std::string_view bytes) {
  const std::filesystem::path path = team.draft(name);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return system_error("cannot be written", path.string(), errno);
  return team.share(name);
}

Result<std::string> shared_bytes(Team& team, int rank, std::string_view name) {
  const auto path = team.shared(rank, name);
  if (!path) return path.error();
  return read_file(*path, std::numeric_limits<std::size_t>::max());
}

}  // namespace joulepath::base
