// The names of the views and of their orders, as a user gives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace joulepath::report {

enum class By : std::uint8_t {
  kPhase,
  kRank,
  kSocket,
  kThread,
  kFunction,
  kClass,
  kWait,
  kNode,
};
enum class Sort : std::uint8_t { kEnergy, kTime, kCalls, kName };

inline constexpr std::size_t kAllRows = std::numeric_limits<std::size_t>::max();

struct ViewOptions {
  By by = By::kRank;
  Sort sort = Sort::kEnergy;
  std::size_t top = kAllRows;  ///< rows shown of each level
};

/// Name and value, in the order of the help.
std::vector<std::pair<std::string, By>> by_names();
std::vector<std::pair<std::string, Sort>> sort_names();
/// Whether the rows have calls to sort by.
bool has_calls(By by);
std::string to_string(By by);
std::string to_string(Sort sort);

}  // namespace joulepath::report
