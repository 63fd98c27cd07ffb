// What the administrator may set for joulepathd: the command line over the file
// /etc/joulepath/joulepathd.conf (TOML) over the defaults. Users set nothing.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace joulepath::daemon {

struct Options {
  double rate_hz = 100;                     ///< 1 to 1000 passes a second
  std::string sensors = "rapl,cray,hwmon";  ///< selection (sensors/sampler)
  std::string user;                         ///< to become; empty: joulepath, else nobody
  std::vector<uid_t> allow;                 ///< users who may map the board without a job
  std::filesystem::path run_folder = "/run/joulepath";
  std::filesystem::path sysfs_root = "/sys";
  std::filesystem::path dev_root = "/dev";
};

/// `words` are "key=value" by key. kUsage names what is wrong; kNotFound, kFormat of the file.
base::Result<Options> load_options(const std::map<std::string, std::string>& words,
                                   const std::filesystem::path& file);

}  // namespace joulepath::daemon
