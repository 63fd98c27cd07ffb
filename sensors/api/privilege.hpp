// What this process may do, as far as sensors depend on it, and the command that gives
// the recorder what it lacks. Reads <proc>/self; changes nothing.
#pragma once

#include <filesystem>
#include <string>

namespace joulepath::sensors {

/// Numbers as in linux/capability.h.
enum class Capability : unsigned { kSysRawio = 17, kPerfmon = 38 };

enum class Held { kYes, kNo, kUnknown };

/// Whether this process holds it now (CapEff in <proc>/self/status).
Held held(const std::filesystem::path& proc_root, Capability capability);

/// "CAP_PERFMON is missing", "CAP_PERFMON is there", "CAP_PERFMON: not known whether held".
std::string describe(const std::filesystem::path& proc_root, Capability capability);

/// The one command that lets the recorder, and none but the members of the group
/// joulepath through it, use `capability`: "chgrp joulepath R && chmod 0750 R && setcap
/// cap_perfmon=ep R". chgrp comes first, as it drops what setcap gave (capabilities(7)).
std::string grant_to_recorder(const std::filesystem::path& proc_root, Capability capability);

}  // namespace joulepath::sensors
