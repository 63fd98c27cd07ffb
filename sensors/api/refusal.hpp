// How a backend says that a file it would read cannot be opened: the same words and the
// same remedy everywhere.
#pragma once

#include <string>

#include "core/base/result.hpp"
#include "core/record/signal.hpp"

namespace joulepath::sensors {

/// "Permission denied (errno 13)".
[[nodiscard]] std::string errno_words(int sys_errno);

/// Marks `signal` as not to be had, with path and errno of `error` as the reason. Where
/// permission lacks, the remedy lets one group read the file.
void refuse(record::Signal& signal, const base::Error& error);

}  // namespace joulepath::sensors
