// The mailbox between the BMC's thread and the sampler: newest only, once, never torn.
#include "sensors/ipmi/mailbox.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

namespace joulepath::sensors::ipmi {
namespace {

struct Twins {
  std::uint64_t number = 0;
  std::uint64_t same[5] = {};
};

TEST(Mailbox, EachValueOnceAndOnlyTheNewest) {
  Mailbox<Twins> mailbox;
  Twins got;
  EXPECT_FALSE(mailbox.take(got)) << "nothing was put in";
  mailbox.put({1, {}});
  mailbox.put({2, {}});
  ASSERT_TRUE(mailbox.take(got));
  EXPECT_EQ(got.number, 2u);
  EXPECT_FALSE(mailbox.take(got)) << "taken already";
  mailbox.put({2, {}});
  EXPECT_TRUE(mailbox.take(got)) << "equal, but new";
}

TEST(Mailbox, NoValueIsTorn) {
  constexpr std::uint64_t kLast = 200'000;
  Mailbox<Twins> mailbox;
  std::thread writer([&] {
    for (std::uint64_t n = 1; n <= kLast; ++n) mailbox.put({n, {n, n, n, n, n}});
  });
  std::uint64_t before = 0;
  while (before != kLast) {
    Twins got;
    if (!mailbox.take(got)) continue;
    for (const std::uint64_t same : got.same) EXPECT_EQ(same, got.number);
    EXPECT_GT(got.number, before);
    before = got.number;
    if (testing::Test::HasFailure()) break;
  }
  writer.join();
}

}  // namespace
}  // namespace joulepath::sensors::ipmi
