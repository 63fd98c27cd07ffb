// Finds the function that a wrapper forwards to: the next MPI_X (or PMPI_X) after us in
// the search order, which is another tool's or the MPI library's.
#pragma once

namespace joulepath::pmpi {

/// Never null: ends the process as the dynamic linker would (message, status 127) when
/// no loaded library has `name`.
void* next_function(const char* name) noexcept;

/// Null when there is none.
void* next_function_or_null(const char* name) noexcept;

}  // namespace joulepath::pmpi
