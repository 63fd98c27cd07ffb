// Remembers what each persistent request moves when it is started. Lock-free; any thread
// may create, start or free requests. When the table is full, later requests move
// "unknown": their Start counts no bytes.
#pragma once

#include <cstdint>

#include "pmpi/src/abi.hpp"

namespace joulepath::pmpi {

void remember_request(Arg request, std::uint64_t bytes) noexcept;
/// 0 for a request that was never remembered.
std::uint64_t bytes_of_request(Arg request) noexcept;
void forget_request(Arg request) noexcept;

}  // namespace joulepath::pmpi
