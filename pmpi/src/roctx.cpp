// ROCTX (AMD's annotations): a program that is linked with libroctx64 finds our functions
// first. Each calls the library's, if there is one, and returns what that returns. Signatures
// from roctracer's roctx.h (ROCm 5 and 6). Programs that look the functions up in the library
// itself (dlsym with its handle) are not seen.
#include <cstdint>

#include "pmpi/src/next_function.hpp"
#include "pmpi/src/ranges.hpp"

namespace joulepath::pmpi {
namespace {

template <class Function>
Function next_of(const char* name) noexcept {
  return reinterpret_cast<Function>(next_function_or_null(name));
}

bool listens() noexcept {
  return listens_to(Annotation::kRoctx);
}

constexpr Mark kPushed = pushed_mark(Annotation::kRoctx, 0);

}  // namespace
}  // namespace joulepath::pmpi

using namespace joulepath::pmpi;  // NOLINT: the names below are another library's

extern "C" {

[[gnu::visibility("default")]] void roctxMarkA(const char* message) {
  if (const auto next = next_of<void (*)(const char*)>("roctxMarkA")) next(message);
}

[[gnu::visibility("default")]] int roctxRangePushA(const char* message) {
  if (listens()) begin_range(kPushed, message);
  const auto next = next_of<int (*)(const char*)>("roctxRangePushA");
  return next != nullptr ? next(message) : 0;
}

[[gnu::visibility("default")]] int roctxRangePop() {
  if (listens()) end_range(kPushed);
  const auto next = next_of<int (*)()>("roctxRangePop");
  return next != nullptr ? next() : 0;
}

[[gnu::visibility("default")]] std::uint64_t roctxRangeStartA(const char* message) {
  const auto next = next_of<std::uint64_t (*)(const char*)>("roctxRangeStartA");
  const std::uint64_t number = next != nullptr ? next(message) : new_range_number();
  if (listens()) begin_range(started_mark(Annotation::kRoctx, number), message);
  return number;
}

[[gnu::visibility("default")]] void roctxRangeStop(std::uint64_t number) {
  if (listens()) stop_range(started_mark(Annotation::kRoctx, number));
  if (const auto next = next_of<void (*)(std::uint64_t)>("roctxRangeStop")) next(number);
}

}  // extern "C"
