// Backend "board": the readings that joulepathd publishes for this user (README.md).
#pragma once

#include <memory>
#include <string>

#include "core/base/file.hpp"
#include "core/base/result.hpp"
#include "sensors/api/source.hpp"

namespace joulepath::sensors::board {

extern const Backend kBackend;

/// Ids of its signals: this and the id of the sensor that joulepathd reads.
inline constexpr std::string_view kIdPrefix = "board:";

/// Asks joulepathd at `socket` for a descriptor of this user's board, for a second at most.
/// kNotFound: none runs there. kPermission: it does not admit this user.
base::Result<base::Descriptor> ask_for_board(const std::filesystem::path& socket);

/// The source of a board; null where `memory` is none of this version. `clock` outlives it.
std::unique_ptr<Source> open_board(const base::Descriptor& memory, const base::Clock& clock);

}  // namespace joulepath::sensors::board
