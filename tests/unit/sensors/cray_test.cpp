// The pm_counters of a Cray node: one scan a reading, restarts that are no energy, and a
// controller that stands still.
#include "sensors/cray/cray.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "core/record/counter.hpp"
#include "sensors/cray/scan.hpp"
#include "tests/unit/sensors/failing_calls.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

using record::Domain;
using record::Signal;
using record::StepKind;

constexpr const char* kDir = "sys/cray/pm_counters/";

TEST(Cray, NodeContainsAllTheRest) {
  const FakeClock clock;
  const Discovery found = cray::kBackend.discover(node("cray-ex", clock));
  ASSERT_NE(found.source, nullptr);
  EXPECT_TRUE(found.notes.empty());
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 7u) << "no power, no cap, no counter of scans";
  EXPECT_EQ(signals[0].id, "cray:energy");
  EXPECT_EQ(signals[0].domain, Domain::kNode);
  EXPECT_EQ(signals[0].unit, "J");
  EXPECT_DOUBLE_EQ(signals[0].si_per_unit, 1.0);
  EXPECT_EQ(signals[0].modulus, 0u);
  EXPECT_EQ(signals[0].update_period_ns, 100 * kMs);
  EXPECT_EQ(signals[0].contained_in, "");
  EXPECT_EQ(signals[0].source, "cray");
  EXPECT_EQ(signal_of(signals, "cray:cpu_energy").domain, Domain::kPackage);
  EXPECT_EQ(signal_of(signals, "cray:cpu_energy").socket, -1) << "all sockets";
  EXPECT_EQ(signal_of(signals, "cray:memory_energy").domain, Domain::kDram);
  EXPECT_EQ(signal_of(signals, "cray:accel3_energy").domain, Domain::kGpu);
  for (const Signal& signal : signals.subspan(1)) EXPECT_EQ(signal.contained_in, "cray:energy");
  FakeSink sink;
  found.source->sample(sink);
  EXPECT_EQ(sink.readings[0].at(0).raw, 91234567u);
  EXPECT_EQ(sink.readings.size(), 7u);
  for (const auto& [at, readings] : sink.readings)
    EXPECT_GT(readings[0].t_hi_ns, readings[0].t_lo_ns);
}

TEST(Cray, SaysWhyNothingIsHere) {
  const FakeClock clock;
  const Discovery none = cray::kBackend.discover(node("server-2s", clock));
  EXPECT_EQ(none.source, nullptr);
  EXPECT_NE(none.absent.find("pm_counters is not there"), std::string::npos) << none.absent;
  const Tree tree;
  tree.write("sys/cray/pm_counters/power", "5 W 1 us\n");
  const Discovery power = cray::kBackend.discover(tree.environment(clock));
  EXPECT_EQ(power.source, nullptr);
  EXPECT_NE(power.absent.find("no energy counter"), std::string::npos) << power.absent;
}

TEST(Cray, TheSumOfAcceleratorsOnlyWhereItIsAlone) {
  const FakeClock clock;
  const Tree tree;
  const std::string dir = kDir;
  tree.write(dir + "energy", "5 J\n");
  tree.write(dir + "accel_energy", "3 J\n");
  tree.write(dir + "accelerator_energy", "3 J\n");
  const auto ids = [&] {
    std::string text;
    const Discovery found = cray::kBackend.discover(tree.environment(clock));
    for (const Signal& signal : found.source->signals()) text += signal.id + " ";
    return text;
  };
  EXPECT_EQ(ids(), "cray:energy cray:accel_energy ");
  tree.write(dir + "accel_energy", "0 J\n");
  EXPECT_EQ(ids(), "cray:energy ") << "there is no accelerator";
  tree.write(dir + "accel_energy", "9 J\n");
  tree.write(dir + "accel10_energy", "2 J\n");
  tree.write(dir + "accel2_energy", "2 J\n");
  EXPECT_EQ(ids(), "cray:energy cray:accel2_energy cray:accel10_energy ");
}

TEST(CrayText, OnlyJoulesAreJoules) {
  EXPECT_EQ(cray::parse_joules("17 J 1732478073123456 us\n"), 17u);
  EXPECT_EQ(cray::parse_joules("17 J\n"), 17u);
  for (const char* text :
       {"", "J", "17", "17 W 1 us", "-17 J 1 us", "1.5 J 1 us", "17 J 1", "17 J us", "17 J 1 ms",
        "17 J 1 us 2", "17J 1 us", "18446744073709551616 J", "garbage"})
    EXPECT_EQ(cray::parse_joules(text), std::nullopt) << text;
  EXPECT_EQ(cray::parse_count("81234 1732478073123456 us\n"), 81234u);
  EXPECT_EQ(cray::parse_count("81234\n"), 81234u);
  EXPECT_EQ(cray::parse_count(""), std::nullopt);
  EXPECT_EQ(cray::parse_count("x 1"), std::nullopt);
}

/// A node and an accelerator; each pass comes with a new scan unless a test says otherwise.
class CrayReading : public ::testing::Test {
 protected:
  void SetUp() override {
    failing = {};
    tree_.write(path("freshness"), "1000\n");
    tree_.write(path("startup"), "77 1732400000000001 us\n");
    write(5000, 2000);
    source_ = cray::discover(tree_.environment(clock_), kFailingCalls).source;
    ASSERT_NE(source_, nullptr);
    ASSERT_EQ(source_->signals().size(), 2u);
  }

  static std::string path(const std::string& file) { return kDir + file; }

  void write(std::uint64_t node_j, std::uint64_t accel_j) {
    tree_.write(path("energy"), std::to_string(node_j) + " J 1732478073123456 us\n");
    tree_.write(path("accel0_energy"), std::to_string(accel_j) + " J 1732478073123456 us\n");
  }
  void next_scan() { tree_.write(path("freshness"), std::to_string(++freshness_) + "\n"); }
  void restart() { tree_.write(path("startup"), std::to_string(++startup_) + "\n"); }

  void sample() {
    sink_.clear();
    source_->sample(sink_);
    clock_.now_ns += 100 * kMs;
  }

  /// What the node's counter makes of a reading of `node_j`.
  record::Step step(std::uint64_t node_j) {
    write(node_j, 2000);
    next_scan();
    sample();
    if (sink_.readings[0].size() != 1) {
      ADD_FAILURE() << "no reading of " << node_j;
      return {StepKind::kOutOfRange};
    }
    return counter_.advance(sink_.readings[0][0]);
  }

  FakeClock clock_;
  Tree tree_;
  std::unique_ptr<Source> source_;
  FakeSink sink_;
  record::Counter counter_{record::limits_of([] {
    Signal node;
    node.domain = Domain::kNode;
    node.update_period_ns = 100 * kMs;
    return node;
  }())};
  std::uint64_t freshness_ = 1000;
  std::uint64_t startup_ = 77;
};

TEST_F(CrayReading, DifferencesAreJoules) {
  EXPECT_EQ(step(5000).kind, StepKind::kExact);
  EXPECT_EQ(step(5170).delta, 170u);
  EXPECT_EQ(step(5170).delta, 0u) << "no energy in that scan";
  EXPECT_EQ(step(5300).delta, 130u);
}

TEST_F(CrayReading, ARestartIsAnAnomalyWhereverTheCounterBeginsAnew) {
  step(5000);
  // Lower, the same, a little higher, and much higher than before.
  std::uint64_t expected = 0;
  for (const std::uint64_t begins : {40u, 5000u, 5001u, 9000u, 0u}) {
    restart();
    EXPECT_EQ(step(begins).kind, StepKind::kBackward) << begins;
    EXPECT_EQ(step(begins + 150).delta, 150u) << begins << ": it goes on from there";
    expected += 150;
    restart();
    step(5000);
    EXPECT_EQ(counter_.total(), expected) << "no joule of the restarts";
  }
}

TEST_F(CrayReading, ARestartBetweenPassesThatFailedIsNotForgotten) {
  step(5000);
  restart();
  failing.read_errno["/energy"] = EIO;
  sample();
  EXPECT_EQ(sink_.failures[0], std::vector{EIO});
  failing.read_errno.clear();
  EXPECT_EQ(step(5200).kind, StepKind::kBackward);
  EXPECT_EQ(counter_.total(), 0u);
}

TEST_F(CrayReading, ARestartWhileTheValuesAreReadIsSeen) {
  step(5000);
  int reads = 0;
  failing.before_read = [&](const std::string& file) {
    if (!file.ends_with("/accel0_energy") || ++reads != 1) return;
    restart();  // after the node's old value was read
    tree_.write(path("energy"), "5300 J 1 us\n");
  };
  EXPECT_EQ(step(5200).kind, StepKind::kBackward);
  EXPECT_EQ(reads, 2) << "both were read again";
}

TEST_F(CrayReading, ARestartFromZeroIsAFailureAsNothingIsBelowIt) {
  step(0);
  restart();
  write(100, 2000);
  next_scan();
  sample();
  EXPECT_EQ(sink_.failures[0], std::vector{ESTALE});
  EXPECT_EQ(sink_.readings[1].size(), 1u) << "the accelerator's can say it";
}

TEST_F(CrayReading, AStepBackWithoutARestartIsAnAnomaly) {
  step(5000);
  EXPECT_EQ(step(4990).kind, StepKind::kBackward);
  restart();
  step(9000);
  EXPECT_EQ(step(3).kind, StepKind::kBackward) << "below where it began";
  EXPECT_EQ(counter_.total(), 0u);
}

TEST_F(CrayReading, AJumpIsAnAnomaly) {
  step(5000);
  EXPECT_EQ(step(5000 + 1'000'000).kind, StepKind::kJump);
}

TEST_F(CrayReading, AScanInBetweenIsReadOverOnce) {
  int scans = 1;
  failing.before_read = [&](const std::string& file) {
    if (file.ends_with("/accel0_energy") && scans-- > 0) {
      next_scan();
      write(6000, 3000);
    }
  };
  sample();
  EXPECT_EQ(sink_.readings[0].at(0).raw, 6000u) << "not the node's of the scan before";
  EXPECT_EQ(sink_.readings[1].at(0).raw, 3000u);
  EXPECT_EQ(sink_.readings[0].size(), 1u);
  scans = 1000;
  sample();
  EXPECT_TRUE(sink_.readings.empty());
  EXPECT_EQ(sink_.failures[0], std::vector{EAGAIN}) << "the second time it is given up";
  EXPECT_EQ(scans, 998);
}

TEST_F(CrayReading, AControllerThatStandsStillIsNoZeroEnergy) {
  next_scan();
  sample();
  EXPECT_EQ(sink_.readings.size(), 2u);
  for (int pass = 1; pass <= 9; ++pass) {
    sample();
    EXPECT_EQ(sink_.readings.size(), 2u) << pass;
  }
  clock_.now_ns += 100 * kMs;
  sample();
  EXPECT_TRUE(sink_.readings.empty());
  EXPECT_EQ(sink_.failures[0], std::vector{ETIMEDOUT});
  EXPECT_EQ(sink_.failures[1], std::vector{ETIMEDOUT});
  next_scan();
  sample();
  EXPECT_EQ(sink_.readings.size(), 2u) << "and it goes on";
}

TEST_F(CrayReading, OneAloneIsReadByTheSameRules) {
  source_->sample_one(1, sink_);
  EXPECT_EQ(sink_.readings.size(), 1u);
  EXPECT_EQ(sink_.readings[1].at(0).raw, 2000u);
  restart();
  sink_.clear();
  source_->sample_one(1, sink_);
  EXPECT_EQ(sink_.readings[1].at(0).raw, 1999u) << "one below the last: a step back";
}

TEST_F(CrayReading, ErrorsAndBadTextAreFailuresAndPass) {
  for (const int error : {EAGAIN, EIO, EACCES}) {
    failing.read_errno["/energy"] = error;
    sample();
    EXPECT_EQ(sink_.failures[0], std::vector{error});
    EXPECT_EQ(sink_.readings[1].size(), 1u);
    failing.read_errno.clear();
  }
  for (const char* text : {"", "garbage\n", "-5 J 1 us\n", "5 W 1 us\n"}) {
    tree_.write(path("energy"), text);
    sample();
    EXPECT_EQ(sink_.failures[0], std::vector{EBADMSG}) << text;
    next_scan();
  }
  write(5001, 2001);
  sample();
  EXPECT_EQ(sink_.readings[0].at(0).raw, 5001u);
}

TEST_F(CrayReading, WithoutAMarkNothingIsKnownOfTheScan) {
  failing.read_errno["/startup"] = EIO;
  sample();
  EXPECT_TRUE(sink_.readings.empty()) << "it may have restarted";
  EXPECT_EQ(sink_.failures[1], std::vector{EIO});
  failing.read_errno.clear();
  tree_.write(path("freshness"), "garbage\n");
  sample();
  EXPECT_EQ(sink_.failures[0], std::vector{EBADMSG});
}

TEST_F(CrayReading, WhatVanishesIsTakenUpAgain) {
  step(5000);
  failing.read_errno["/energy"] = ENODEV;
  failing.open_errno["/energy"] = ENOENT;
  for (int pass = 0; pass < 30; ++pass) {
    next_scan();
    sample();
    ASSERT_EQ(sink_.readings.size(), 1u);
  }
  failing.read_errno.clear();
  failing.open_errno.clear();
  clock_.now_ns += kSecond;
  EXPECT_EQ(step(9000).delta, 4000u) << "it counted on";
}

TEST_F(CrayReading, ARefusalIsExplained) {
  failing.open_errno["/accel0_energy"] = EACCES;
  source_ = cray::discover(tree_.environment(clock_), kFailingCalls).source;
  const Signal signal = source_->signals()[1];
  const std::string file = tree_.at(path("accel0_energy")).string();
  EXPECT_FALSE(signal.readable);
  EXPECT_EQ(signal.reason, file + ": Permission denied (errno 13)");
  EXPECT_EQ(signal.remedy, "chgrp joulepath " + file + " && chmod 0440 " + file);
  sample();
  EXPECT_EQ(sink_.readings.size(), 1u);
  EXPECT_TRUE(sink_.failures.empty());
}

TEST_F(CrayReading, WithoutFreshnessOrStartupItIsReadWithANote) {
  tree_.remove(path("freshness"));
  tree_.remove(path("startup"));
  Discovery found = cray::kBackend.discover(tree_.environment(clock_));
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_NE(found.notes[0].find("freshness"), std::string::npos) << found.notes[0];
  EXPECT_NE(found.notes[0].find("startup"), std::string::npos) << found.notes[0];
  source_ = std::move(found.source);
  for (int pass = 0; pass < 20; ++pass) {
    sample();
    ASSERT_EQ(sink_.readings.size(), 2u);
  }
}

TEST_F(CrayReading, TheScanRateIsTheFilesWhereItMakesSense) {
  for (const auto& [text, period_ms] : {std::pair{"20\n", 50}, {"0\n", 100}, {"x\n", 100}}) {
    tree_.write(path("raw_scan_hz"), text);
    const Discovery found = cray::kBackend.discover(tree_.environment(clock_));
    EXPECT_EQ(found.source->signals()[0].update_period_ns, period_ms * kMs) << text;
  }
}

}  // namespace
}  // namespace joulepath::sensors
