#include "tools/report/view_options.hpp"

namespace joulepath::report {
namespace {

template <class Value>
std::string name_of(const std::vector<std::pair<std::string, Value>>& names, Value value) {
  for (const auto& [name, known] : names)
    if (known == value) return name;
  return {};
}

}  // namespace

std::vector<std::pair<std::string, By>> by_names() {
  return {{"phase", By::kPhase},   {"rank", By::kRank},         {"socket", By::kSocket},
          {"thread", By::kThread}, {"function", By::kFunction}, {"class", By::kClass},
          {"wait", By::kWait},     {"node", By::kNode}};
}

std::vector<std::pair<std::string, Sort>> sort_names() {
  return {{"energy", Sort::kEnergy},
          {"time", Sort::kTime},
          {"calls", Sort::kCalls},
          {"name", Sort::kName}};
}

bool has_calls(By by) {
  return by == By::kPhase || by == By::kFunction || by == By::kWait;
}

std::string to_string(By by) {
  return name_of(by_names(), by);
}

std::string to_string(Sort sort) {
  return name_of(sort_names(), sort);
}

}  // namespace joulepath::report
