// The MPI functions that a trace can name, with the class of each: the table of
// pmpi/gen/mpi_functions.tsv, whose row numbers are the functions' keys.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/record/rows.hpp"

namespace joulepath::record {

enum class FunctionClass : std::uint8_t {
  kCompute,   ///< outside MPI
  kInit,      ///< begins or ends MPI
  kWait,      ///< its purpose is to wait for others: Wait, Test, Probe, Barrier
  kTransfer,  ///< point-to-point and collective calls that move data
  kRma,
  kIo,
  kComm,   ///< makes or frees communicators, windows, topologies: synchronises
  kLocal,  ///< all else: moves nothing
};

std::string_view to_string(FunctionClass function_class);

/// Every function, index == key: 0 is "(compute)", then the table, and last the function
/// that stands for calls which found no cell of their own.
const std::vector<FunctionRow>& function_rows();

/// Key of that last function.
std::uint32_t overflow_function_key();

}  // namespace joulepath::record
