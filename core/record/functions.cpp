#include "core/record/functions.hpp"

#include <string>

#include "core/record/channel_layout.hpp"

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
    case FunctionClass::kThreads: return "threads";
    case FunctionClass::kThreadWait: return "thread_wait";
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
    // In the order of ThreadFunction.
    add("OpenMP parallel", FunctionClass::kThreads);
    for (const char* name : {"OpenMP idle", "OpenMP barrier", "OpenMP taskwait", "OpenMP taskgroup",
                             "OpenMP lock", "OpenMP critical", "OpenMP ordered"})
      add(name, FunctionClass::kThreadWait);
    add("(other MPI calls)", FunctionClass::kLocal);
    return all;
  }();
  return rows;
}

std::uint32_t function_key(std::uint16_t cell_function) {
  const std::uint32_t last = overflow_function_key();
  const std::uint32_t first_of_threads = last - kThreadFunctions;
  if (cell_function < first_of_threads) return cell_function;
  const std::uint32_t of_threads = cell_function - std::uint32_t{kFirstThreadFunction};
  return cell_function >= kFirstThreadFunction && of_threads < kThreadFunctions
             ? first_of_threads + of_threads
             : last;
}

std::uint32_t overflow_function_key() {
  return static_cast<std::uint32_t>(function_rows().size() - 1);
}

}  // namespace joulepath::record
