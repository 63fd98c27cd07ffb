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
  kComm,        ///< makes or frees communicators, windows, topologies: synchronises
  kLocal,       ///< all else: moves nothing
  kThreads,     ///< the run-time library of threads at work
  kThreadWait,  ///< a thread waits for others of its process
};

std::string_view to_string(FunctionClass function_class);

/// Every function, index == key: 0 is "(compute)", then the table, then what threads do beside
/// MPI, and last the function that stands for calls which found no cell of their own.
const std::vector<FunctionRow>& function_rows();

/// Key of a cell's function; one that this program does not know is the last.
std::uint32_t function_key(std::uint16_t cell_function);

/// Key of that last function.
std::uint32_t overflow_function_key();

}  // namespace joulepath::record
