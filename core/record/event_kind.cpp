#include "core/record/event_kind.hpp"

#include <iterator>
#include <map>

#include "core/record/functions.hpp"

namespace joulepath::record {
namespace {

constexpr EventRule kRules[] = {
    {},
#define JOULEPATH_FUNCTION(id, name, function_class, operation, role, waits) \
  {OperationKind::operation, EventRole::role, waits},
#include "function_table.inc"
#undef JOULEPATH_FUNCTION
    {},
};

}  // namespace

const EventRule& event_rule(std::uint32_t function) {
  return kRules[function < std::size(kRules) ? function : 0];
}

EventRule event_rule(std::string_view function) {
  static const std::map<std::string_view, std::uint32_t> keys = [] {
    std::map<std::string_view, std::uint32_t> all;
    for (const FunctionRow& row : function_rows()) all.emplace(row.name, row.function);
    return all;
  }();
  const auto known = keys.find(function);
  return known != keys.end() ? kRules[known->second] : EventRule{};
}

}  // namespace joulepath::record
