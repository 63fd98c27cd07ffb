// Numbers of functions: of MPI's their rows in pmpi/gen/mpi_functions.tsv, from 1; of what
// threads do beside, those of core/record/channel_layout.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/record/channel_layout.hpp"

namespace joulepath::pmpi {

/// Room for the table and its growth; the generated wrappers check that it suffices.
inline constexpr std::size_t kMpiFunctionCount = record::kFirstThreadFunction;
inline constexpr std::size_t kFunctionCount = kMpiFunctionCount + record::kThreadFunctions;

constexpr std::uint16_t function_id(record::ThreadFunction function) {
  return static_cast<std::uint16_t>(record::kFirstThreadFunction +
                                    static_cast<std::uint16_t>(function));
}

}  // namespace joulepath::pmpi
