// What goes wrong while hwmon is read: never a wrong value, never a wrong joule.
#include <gtest/gtest.h>

#include <cerrno>

#include "core/record/counter.hpp"
#include "sensors/hwmon/hwmon.hpp"
#include "tests/unit/sensors/failing_calls.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

using record::StepKind;

constexpr const char* kEnergy = "sys/class/hwmon/hwmon1/energy1_input";
constexpr const char* kPower = "sys/class/hwmon/hwmon2/power1_average";
constexpr const char* kVoltage = "sys/class/hwmon/hwmon3/in1_input";
constexpr const char* kCurrent = "sys/class/hwmon/hwmon3/curr1_input";

/// A counter of a card, a meter of the node, and a rail; in this order its signals.
class HwmonReading : public ::testing::Test {
 protected:
  void SetUp() override {
    failing = {};
    tree_.write("sys/class/hwmon/hwmon1/name", "xe\n");
    tree_.write(kEnergy, "1000000\n");
    tree_.write("sys/class/hwmon/hwmon2/name", "power_meter\n");
    tree_.write(kPower, "200000000\n");
    tree_.write("sys/class/hwmon/hwmon3/name", "ina3221\n");
    tree_.write(kVoltage, "5000\n");
    tree_.write(kCurrent, "100\n");
  }

  void open() {
    source_ = hwmon::discover(tree_.environment(clock_), kFailingCalls).source;
    ASSERT_NE(source_, nullptr);
    ASSERT_EQ(source_->signals().size(), 3u);
  }

  void sample() {
    sink_.clear();
    source_->sample(sink_);
    clock_.now_ns += 10 * kMs;
  }

  /// Steps of the energy counter, a reading after each of `values`.
  std::vector<StepKind> steps(std::initializer_list<std::uint64_t> values) {
    record::Counter counter(record::limits_of(source_->signals()[0]));
    std::vector<StepKind> kinds;
    for (const std::uint64_t value : values) {
      tree_.write(kEnergy, std::to_string(value) + "\n");
      sample();
      kinds.push_back(counter.advance(sink_.readings[0].at(0)).kind);
    }
    total_ = counter.total();
    return kinds;
  }

  FakeClock clock_;
  Tree tree_;
  std::unique_ptr<Source> source_;
  FakeSink sink_;
  std::uint64_t total_ = 0;
};

TEST_F(HwmonReading, EachHasTheIntervalOfItsRead) {
  open();
  sample();
  EXPECT_TRUE(sink_.failures.empty());
  EXPECT_EQ(sink_.readings[0][0].raw, 1000000u);
  EXPECT_EQ(sink_.readings[1][0].raw, 200000000u);
  EXPECT_EQ(sink_.readings[2][0].raw, 500000u);
  for (const auto& [signal, readings] : sink_.readings)
    EXPECT_GT(readings.at(0).t_hi_ns, readings.at(0).t_lo_ns) << signal;
}

TEST_F(HwmonReading, OneAloneIsRead) {
  open();
  source_->sample_one(1, sink_);
  EXPECT_EQ(sink_.readings.size(), 1u);
  EXPECT_EQ(sink_.readings[1].size(), 1u);
}

TEST_F(HwmonReading, AResetOrABackwardStepIsNoEnergy) {
  open();
  EXPECT_EQ(
      steps({5000000, 5400000, 100, 200100}),
      (std::vector{StepKind::kExact, StepKind::kExact, StepKind::kBackward, StepKind::kExact}));
  EXPECT_EQ(total_, 400000u + 200000u);
}

TEST_F(HwmonReading, AJumpIsNoEnergy) {
  open();
  EXPECT_EQ(steps({0, 1ull << 40, (1ull << 40) + 7}),
            (std::vector{StepKind::kExact, StepKind::kJump, StepKind::kExact}));
  EXPECT_EQ(total_, 7u);
}

TEST_F(HwmonReading, AStuckCounterShowsNoEnergyAndCatchesUp) {
  open();
  EXPECT_EQ(steps({5, 5, 5, 300005}), (std::vector(4, StepKind::kExact)));
  EXPECT_EQ(total_, 300000u);
}

TEST_F(HwmonReading, NegativePowerIsAFailureNotAHugeOne) {
  open();
  tree_.write(kPower, "-1500000\n");
  tree_.write(kCurrent, "-8\n");
  sample();
  EXPECT_EQ(sink_.failures[1], std::vector{EBADMSG});
  EXPECT_EQ(sink_.failures[2], std::vector{EBADMSG});
  EXPECT_EQ(sink_.readings.size(), 1u);
  tree_.write(kCurrent, "8\n");
  tree_.write(kVoltage, "-1\n");
  sample();
  EXPECT_EQ(sink_.failures[2], std::vector{EBADMSG});
}

TEST_F(HwmonReading, PowerThatCannotBeIsAFailure) {
  open();
  tree_.write(kPower, "4294967295000\n");  // the firmware's 0xFFFFFFFF mW: not known
  tree_.write(kVoltage, "9223372036854775807\n");
  tree_.write(kCurrent, "4\n");
  sample();
  EXPECT_EQ(sink_.failures[1], std::vector{ERANGE});
  EXPECT_EQ(sink_.failures[2], std::vector{ERANGE}) << "the product does not fit";
  tree_.write(kPower, "18446744073709550616\n");  // 2^64 - 1 mW, taken times 1000
  sample();
  EXPECT_EQ(sink_.failures[1], std::vector{ERANGE});
  tree_.write(kPower, "99999999999\n");  // below 100 kW
  sample();
  EXPECT_EQ(sink_.readings[1].at(0).raw, 99999999999u);
}

TEST_F(HwmonReading, BadTextIsAFailureAndReadingsResume) {
  open();
  for (const char* text : {"", "garbage\n", "12.5\n", "1 2\n", "0x10\n"}) {
    for (const char* file : {kEnergy, kPower, kCurrent}) tree_.write(file, text);
    sample();
    EXPECT_TRUE(sink_.readings.empty()) << text;
    EXPECT_EQ(sink_.failures.size(), 3u);
    for (const auto& [signal, failures] : sink_.failures)
      EXPECT_EQ(failures, std::vector{EBADMSG}) << signal << " " << text;
  }
  for (const char* file : {kEnergy, kPower, kCurrent}) tree_.write(file, "7\n");
  sample();
  EXPECT_EQ(sink_.readings.size(), 3u);
}

TEST_F(HwmonReading, AnErrorOfOneDeviceKeepsTheOthers) {
  // A file of the kernel's that opens and then answers EIO at offset 0.
  for (const char* file : {kEnergy, kCurrent}) {
    tree_.remove(file);
    tree_.link(file, "/proc/self/mem");
  }
  open();
  sample();
  EXPECT_EQ(sink_.failures[0], std::vector{EIO});
  EXPECT_EQ(sink_.failures[2], std::vector{EIO});
  EXPECT_EQ(sink_.readings[1].at(0).raw, 200000000u);
}

TEST_F(HwmonReading, ErrorsOfTheSystemAreHandedOnAndPass) {
  open();
  for (const int error : {EAGAIN, EIO, EACCES, EBUSY}) {
    for (const char* file : {kEnergy, kPower, kCurrent}) failing.read_errno[file] = error;
    sample();
    EXPECT_TRUE(sink_.readings.empty());
    EXPECT_EQ(sink_.failures.size(), 3u);
    for (const auto& [signal, failures] : sink_.failures) EXPECT_EQ(failures, std::vector{error});
    failing.read_errno.clear();
    sample();
    EXPECT_EQ(sink_.readings.size(), 3u);
  }
}

TEST_F(HwmonReading, ARefusalIsExplained) {
  failing.open_errno[kEnergy] = EACCES;
  failing.open_errno[kCurrent] = EACCES;
  open();
  for (const auto& [at, file] : {std::pair{0u, kEnergy}, {2u, kCurrent}}) {
    const record::Signal signal = source_->signals()[at];
    const std::string path = tree_.at(file).string();
    EXPECT_FALSE(signal.readable);
    EXPECT_EQ(signal.provenance, record::Provenance::kAbsent);
    EXPECT_EQ(signal.reason, path + ": Permission denied (errno 13)");
    EXPECT_EQ(signal.remedy, "chgrp joulepath " + path + " && chmod 0440 " + path);
  }
  sample();
  EXPECT_TRUE(sink_.failures.empty()) << "what was never readable is not sampled";
  EXPECT_EQ(sink_.readings.size(), 1u);
}

TEST_F(HwmonReading, ADeviceThatVanishesIsLookedForAndTakenUpAgain) {
  open();
  record::Counter counter(record::limits_of(source_->signals()[0]));
  sample();
  counter.advance(sink_.readings[0].at(0));
  failing.read_errno[kEnergy] = ENODEV;
  failing.open_errno[kEnergy] = ENOENT;
  for (int pass = 0; pass < 300; ++pass) {
    sample();
    ASSERT_EQ(sink_.readings.size(), 2u) << "the others go on";
  }
  EXPECT_LE(failing.opens[tree_.at(kEnergy).string()], 1 + 4) << "once a second";
  failing.read_errno.clear();
  failing.open_errno.clear();
  tree_.write(kEnergy, "1000\n");  // it counts from its own beginning
  clock_.now_ns += kSecond;
  sample();
  ASSERT_EQ(sink_.readings[0].size(), 1u);
  EXPECT_EQ(counter.advance(sink_.readings[0][0]).kind, StepKind::kBackward);
  EXPECT_EQ(counter.total(), 0u);
}

TEST_F(HwmonReading, AnotherDeviceInItsPlaceIsNotTaken) {
  open();
  failing.read_errno[kEnergy] = ENODEV;
  sample();
  failing.read_errno.clear();
  tree_.write("sys/class/hwmon/hwmon1/name", "nvme\n");
  clock_.now_ns += 2 * kSecond;
  sample();
  EXPECT_EQ(sink_.failures[0], std::vector{ENODEV});
}

}  // namespace
}  // namespace joulepath::sensors
