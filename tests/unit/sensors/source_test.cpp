// A source that can only read all of its signals hands on those that were asked for.
#include "sensors/api/source.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

/// Of each pass signal 0 gives a reading, 1 a failure, 2 nothing new.
class AllAtOnce final : public Source {
 public:
  [[nodiscard]] std::span<const record::Signal> signals() const override { return signals_; }
  void sample(Sink& sink) noexcept override {
    ++passes;
    sink.reading(0, {1, 2, 3});
    sink.failure(1, EIO);
    sink.nothing_new(2);
  }
  int passes = 0;

 private:
  std::array<record::Signal, 3> signals_;
};

class Heard final : public Sink {
 public:
  void reading(std::size_t signal, const record::Reading&) noexcept override { add("r", signal); }
  void failure(std::size_t signal, int) noexcept override { add("f", signal); }
  void nothing_new(std::size_t signal) noexcept override { add("n", signal); }
  std::string text;

 private:
  void add(const char* what, std::size_t signal) { text += what + std::to_string(signal) + " "; }
};

std::string heard(std::initializer_list<std::size_t> signals) {
  AllAtOnce source;
  Heard sink;
  const std::vector<std::size_t> asked(signals);
  source.sample_some(asked, sink);
  EXPECT_EQ(source.passes, 1) << "one pass for all of them";
  return sink.text;
}

TEST(Source, SomeOfItsSignalsAreReadInOnePass) {
  EXPECT_EQ(heard({0, 1, 2}), "r0 f1 n2 ");
  EXPECT_EQ(heard({2, 0}), "r0 n2 ");
  EXPECT_EQ(heard({1}), "f1 ");
  EXPECT_EQ(heard({}), "");
}

}  // namespace
}  // namespace joulepath::sensors
