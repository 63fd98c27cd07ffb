// Times of a lane's rows in steps of 1.024 us, so that they pack well: the last ten bits of a
// nanosecond count are noise that no compression takes away. What is left over goes into the next
// row, so sums are never off by more than one step, and take_rest() makes them exact. Pure.
#pragma once

#include <cstdint>

namespace joulepath::tools {

class WholeSteps {
 public:
  static constexpr std::uint64_t kStep_ns = 1024;

  std::uint64_t take(std::uint64_t ns) {
    const std::uint64_t all = ns + rest_ns_;
    rest_ns_ = static_cast<std::uint16_t>(all % kStep_ns);
    return all - rest_ns_;
  }
  std::uint64_t take_rest() {
    const std::uint64_t rest = rest_ns_;
    rest_ns_ = 0;
    return rest;
  }

 private:
  std::uint16_t rest_ns_ = 0;
};

}  // namespace joulepath::tools
