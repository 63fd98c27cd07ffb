#include "core/record/functions.hpp"

#include <string>

namespace joulepath::record {

std::string_view to_string(FunctionClass function_class) {
  switch (function_class) {
    case FunctionClass::kCompute: return "compute";
    case FunctionClass::kInit: return "init";
    case FunctionClass::kWait: return "wait";
    case FunctionClass::kTransfer: return "transfer";
    case FunctionClass::kRma: return "rma";
    case FunctionClass::kIo: return "io";
    case FunctionClass::kComm: return "comm";
    case FunctionClass::kLocal: return "local";
  }
  return "unknown";
}

const std::vector<FunctionRow>& function_rows() {
  static const std::vector<FunctionRow> rows = [] {
    std::vector<FunctionRow> all;
    const auto add = [&all](std::string_view name, FunctionClass function_class) {
      all.push_back({static_cast<std::uint32_t>(all.size()), std::string(name),
                     std::string(to_string(function_class))});
    };
    add("(compute)", FunctionClass::kCompute);
#define JOULEPATH_FUNCTION(id, name, function_class, operation, role, waits) \
  add(name, FunctionClass::function_class);
#include "function_table.inc"
#undef JOULEPATH_FUNCTION
    add("(other MPI calls)", FunctionClass::kLocal);
    return all;
  }();
  return rows;
}

std::uint32_t overflow_function_key() {
  return static_cast<std::uint32_t>(function_rows().size() - 1);
}

}  // namespace joulepath::record
