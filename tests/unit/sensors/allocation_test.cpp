// A pass of the sampler allocates nothing. A program of its own, as it replaces the
// global operator new.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "tests/unit/sensors/fake.hpp"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace joulepath::sensors {
namespace {

class CountingSink final : public SampleSink {
 public:
  void reading(std::uint16_t, const record::Reading&) noexcept override { ++readings; }
  void failure(std::uint16_t, int) noexcept override { ++failures; }
  int readings = 0;
  int failures = 0;
};

void expect_no_allocation(std::string_view name, int signals) {
  const FakeClock clock;
  auto sampler = Sampler::open(node(name, clock));
  ASSERT_TRUE(sampler);
  CountingSink sink;
  const std::size_t before = allocations;
  for (int pass = 0; pass < 100; ++pass) sampler->sample(sink);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(sink.readings, 100 * signals);
}

TEST(SamplerPass, AllocatesNothing) {
  expect_no_allocation("server-2s", 4);
  expect_no_allocation("no-powercap", 3);
  expect_no_allocation("jetson-orin", 4);
  expect_no_allocation("amdgpu-2", 3);
  expect_no_allocation("cray-ex", 8);
}

TEST(SamplerPass, AllocatesNothingWhenReadsFail) {
  const FakeClock clock;
  const Tree tree;
  tree.zone("intel-rapl:0", "package-0", "garbage\n");
  auto sampler = Sampler::open(tree.environment(clock));
  ASSERT_TRUE(sampler);
  CountingSink sink;
  const std::size_t before = allocations;
  for (int pass = 0; pass < 100; ++pass) sampler->sample(sink);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(sink.failures, 100);
}

}  // namespace
}  // namespace joulepath::sensors
