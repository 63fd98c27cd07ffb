// The exit codes of every Joulepath tool. docs/user-guide.md shows the same table;
// they are part of the interface and never change meaning.
#pragma once

#include "core/base/result.hpp"

namespace joulepath::base {

enum ExitCode : int {
  kExitOk = 0,
  kExitInternal = 1,    ///< a defect of Joulepath
  kExitUsage = 2,       ///< bad option, setting, sensor name
  kExitNoInput = 3,     ///< a file or device that was named is not there
  kExitBadInput = 4,    ///< not a trace, truncated, damaged, newer schema
  kExitPermission = 5,  ///< the system does not let this user
  kExitIo = 6,          ///< no space, no shared memory, unwritable output
  kExitConflict = 7,    ///< another job holds the same output
  kExitPartial = 8,     ///< done, but some of what belongs to it is missing or was left out
  kExitRose = 9,        ///< compare: energy rose by more than the user allows
};

constexpr ExitCode exit_code(Errc code) {
  switch (code) {
    case Errc::kUsage: return kExitUsage;
    case Errc::kNotFound: return kExitNoInput;
    case Errc::kFormat:
    case Errc::kNewer: return kExitBadInput;
    case Errc::kPermission: return kExitPermission;
    case Errc::kIo: return kExitIo;
    case Errc::kConflict: return kExitConflict;
    case Errc::kInternal: break;
  }
  return kExitInternal;
}

}  // namespace joulepath::base
