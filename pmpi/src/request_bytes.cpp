#include "pmpi/src/request_bytes.hpp"

#include "pmpi/src/handle_table.hpp"

namespace joulepath::pmpi {
namespace {

HandleTable<14, 64> bytes_by_request;

}  // namespace

void remember_request(Arg request, std::uint64_t bytes) noexcept {
  if (auto* kept = bytes_by_request.insert(request)) kept->store(bytes, std::memory_order_relaxed);
}

std::uint64_t bytes_of_request(Arg request) noexcept {
  const auto* kept = bytes_by_request.find(request);
  return kept != nullptr ? kept->load(std::memory_order_relaxed) : 0;
}

void forget_request(Arg request) noexcept {
  if (auto* kept = bytes_by_request.find(request)) kept->store(0, std::memory_order_relaxed);
}

}  // namespace joulepath::pmpi
