#include "core/base/result.hpp"

#include <cstring>

namespace joulepath::base {

std::string Error::message() const {
  std::string line;
  if (!where.empty()) line += where + ": ";
  line += what;
  if (sys_errno != 0) line += std::string(" (") + std::strerror(sys_errno) + ")";
  if (!remedy.empty()) line += "; " + remedy;
  return line;
}

}  // namespace joulepath::base
