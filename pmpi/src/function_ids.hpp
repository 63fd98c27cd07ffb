// Numbers of the MPI functions: their rows in pmpi/gen/mpi_functions.tsv, from 1.
#pragma once

#include <cstddef>
#include <cstdint>

namespace joulepath::pmpi {

/// Room for the table and its growth; the generated wrappers check that it suffices.
inline constexpr std::size_t kFunctionCount = 1024;

}  // namespace joulepath::pmpi
