// The shim's only voice: one line on standard error, written in one piece.
#pragma once

namespace joulepath::pmpi {

/// "joulepath: " + the formatted text + newline, at most 900 bytes.
[[gnu::format(printf, 1, 2)]] void say(const char* format, ...) noexcept;

}  // namespace joulepath::pmpi
