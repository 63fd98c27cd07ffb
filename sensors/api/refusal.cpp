#include "sensors/api/refusal.hpp"

#include <cstring>

namespace joulepath::sensors {

std::string errno_words(int sys_errno) {
  return std::string(std::strerror(sys_errno)) + " (errno " + std::to_string(sys_errno) + ")";
}

void refuse(record::Signal& signal, const base::Error& error) {
  signal.readable = false;
  signal.provenance = record::Provenance::kAbsent;
  signal.reason = error.where + ": " + errno_words(error.sys_errno);
  if (error.code == base::Errc::kPermission)
    signal.remedy = "chgrp joulepath " + error.where + " && chmod 0440 " + error.where;
}

}  // namespace joulepath::sensors
