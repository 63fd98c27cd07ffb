// The live energy of a node, its sockets and processes, from readings whose truth is known.
#include "tools/recorder/energy_board.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <memory>

namespace joulepath::tools {
namespace {

using record::EnergyState;
using record::SampleRow;

constexpr std::int64_t kMs = 1'000'000;

record::SensorRow counter(std::uint16_t key, int socket, bool counted = true) {
  record::SensorRow row;
  row.sensor = key;
  row.signal.id = "fake:" + std::to_string(key);
  row.signal.domain = record::Domain::kPackage;
  row.signal.socket = socket;
  row.signal.si_per_unit = 1e-6;
  row.signal.modulus = 100'000'000;  // wraps at 100 J
  row.signal.update_period_ns = kMs;
  row.signal.counted = counted;
  row.signal.readable = true;
  return row;
}

struct Figure {
  EnergyState state;
  double value, lo, hi, recent_w, highest_w;
  record::Provenance provenance;
};

class EnergyBoardTest : public ::testing::Test {
 protected:
  void open(std::vector<record::SensorRow> sensors, int sockets = 2) {
    sensors_ = std::move(sensors);
    energy_.emplace(sensors_, sockets);
    raw_.assign(sensors_.size(), start_);
    read();
  }
  void read() {
    std::vector<SampleRow> rows;
    for (std::size_t key = 0; key < raw_.size(); ++key)
      rows.push_back({0, static_cast<std::uint16_t>(key), now_, now_, raw_[key], 0});
    energy_->readings(rows);
  }
  /// 10 ms in which the sensors count so many joules.
  void tick(std::vector<double> joules) {
    now_ += 10 * kMs;
    for (std::size_t key = 0; key < joules.size(); ++key)
      raw_[key] = (raw_[key] + static_cast<std::uint64_t>(joules[key] * 1e6 + 0.5)) % 100'000'000;
    read();
  }
  void settle() { energy_->settle(now_); }
  Figure entry(std::uint32_t index, std::uint32_t process = 0) {
    energy_->fill(process, *board_);
    EXPECT_EQ(board_->sequence % 2, 0u);
    const record::EnergyEntry& found = board_->entries[index];
    const auto number = [](const record::Atomic64& bits) {
      return std::bit_cast<double>(bits.load());
    };
    return {static_cast<EnergyState>(found.state.load()),
            number(found.value_j),
            number(found.lo_j),
            number(found.hi_j),
            number(found.recent_w),
            number(found.highest_w),
            static_cast<record::Provenance>(found.provenance.load())};
  }
  static std::uint32_t socket(std::uint32_t number) { return record::kBoardSocket0 + number; }

  std::vector<record::SensorRow> sensors_;
  std::optional<EnergyBoard> energy_;
  std::vector<std::uint64_t> raw_;
  std::uint64_t start_ = 99'000'000;  ///< near the wrap
  std::int64_t now_ = 1'000'000'000;
  std::unique_ptr<record::EnergyBoard> board_ = std::make_unique<record::EnergyBoard>();
};

TEST_F(EnergyBoardTest, AddsUpWhatCountsAcrossWraps) {
  open({counter(0, 0), counter(1, 1), counter(2, 0, false)});
  for (int i = 0; i < 300; ++i) tick({1.0, 0.5, 7.0});  // socket 0 wraps three times
  settle();
  const Figure node = entry(record::kBoardNode);
  EXPECT_EQ(node.state, EnergyState::kKnown);
  EXPECT_NEAR(node.value, 450, 1e-6);
  EXPECT_NEAR(entry(socket(0)).value, 300, 1e-6);
  EXPECT_NEAR(entry(socket(1)).value, 150, 1e-6);
  EXPECT_NEAR(node.recent_w, 150, 1e-3);
  EXPECT_NEAR(node.highest_w, 150, 1e-3);
  // Bounds: 1 ms of 150 W at the start may belong before it, and as much be missing.
  EXPECT_LE(node.lo, 450 - 0.15);
  EXPECT_GE(node.hi, 450 + 0.15);
  EXPECT_NEAR(node.hi - node.lo, 0.3, 0.01);
}

TEST_F(EnergyBoardTest, SaysWhatIsNotThere) {
  open({counter(0, 0)}, 2);
  tick({1.0});
  settle();
  EXPECT_EQ(entry(socket(0)).state, EnergyState::kKnown);
  EXPECT_EQ(entry(socket(1)).state, EnergyState::kNoSensor);
  EXPECT_EQ(entry(socket(2)).state, EnergyState::kNoPlace);
  open({}, 1);
  EXPECT_EQ(entry(record::kBoardNode).state, EnergyState::kNoSensor);
  record::SensorRow power = counter(0, 0);
  power.signal.kind = record::Kind::kPower;
  open({power}, 1);
  EXPECT_EQ(entry(record::kBoardNode).state, EnergyState::kNoCounter);
}

TEST_F(EnergyBoardTest, ACounterThatNeverMovesHasNoSum) {
  record::SensorRow slow = counter(1, 1);
  slow.signal.update_period_ns = 10 * kMs;
  open({counter(0, 0), slow});
  for (int i = 0; i < 3; ++i) tick({1.0, 0.0});
  energy_->ran(0, "0", 30 * kMs);
  energy_->ran(1, "1", 30 * kMs);
  settle();
  EXPECT_EQ(entry(socket(1)).state, EnergyState::kUnanswered) << "it may be slow";
  EXPECT_EQ(entry(record::kBoardNode).state, EnergyState::kUnanswered);
  tick({1.0, 0.0});
  settle();
  EXPECT_EQ(entry(socket(1)).state, EnergyState::kBroken);
  EXPECT_EQ(entry(record::kBoardNode).state, EnergyState::kBroken);
  EXPECT_EQ(entry(record::kBoardOwn, 1).state, EnergyState::kBroken);
  EXPECT_EQ(entry(record::kBoardOwn, 0).state, EnergyState::kKnown);
  EXPECT_EQ(entry(socket(0)).state, EnergyState::kKnown);
}

TEST_F(EnergyBoardTest, AGpuIsOfTheProcessesThatMayUseIt) {
  record::SensorRow gpu = counter(1, -1);
  record::SensorRow others = counter(2, -1);
  gpu.signal.domain = others.signal.domain = record::Domain::kGpu;
  gpu.signal.pci = "0000:0a:00.0";
  others.signal.uuid = "GPU-b";
  open({counter(0, 0), gpu, others});
  tick({1.0, 2.0, 4.0});
  settle();
  EXPECT_NEAR(entry(record::kBoardNode).value, 7, 1e-6) << "no process yet: nothing is known";
  record::ProcessRow user;
  user.gpus = "0000:0a:00.0";
  record::ProcessRow other;
  other.process = 1;
  energy_->joins(user);
  energy_->joins(other);
  tick({1.0, 2.0, 4.0});
  energy_->ran(0, "0", 10 * kMs);
  energy_->ran(1, "0", 10 * kMs);
  settle();
  EXPECT_NEAR(entry(record::kBoardOwn, 0).value, 0.5 + 2, 1e-6);
  EXPECT_NEAR(entry(record::kBoardOwn, 1).value, 0.5, 1e-6);
  EXPECT_NEAR(entry(record::kBoardNode).value, 2 * (1 + 2), 1e-6) << "GPU-b is another job's";
}

TEST_F(EnergyBoardTest, ALostStepIsNeverBridged) {
  open({counter(0, 0), counter(1, 1)});
  tick({2.0, 1.0});
  raw_[0] -= 500'000;  // backwards by half a joule: a reset
  tick({0.0, 1.0});
  tick({1.0, 1.0});
  settle();
  EXPECT_EQ(entry(socket(0)).state, EnergyState::kBroken);
  EXPECT_EQ(entry(record::kBoardNode).state, EnergyState::kBroken);
  EXPECT_EQ(entry(socket(1)).state, EnergyState::kKnown);
}

TEST_F(EnergyBoardTest, AValueOutOfRangeIsPassedOver) {
  open({counter(0, 0)});
  tick({1.0});
  const std::uint64_t good = raw_[0];
  raw_[0] = 200'000'000;
  now_ += 10 * kMs;
  read();
  raw_[0] = good;
  tick({2.0});
  settle();
  EXPECT_NEAR(entry(socket(0)).value, 3, 1e-6);
}

TEST_F(EnergyBoardTest, EstimatesCarryTheirError) {
  record::SensorRow estimate = counter(0, 0);
  estimate.signal.provenance = record::Provenance::kEstimated;
  estimate.signal.relative_error = 0.5;
  start_ = 0;  // the power of a model has no limit, so that its counter must not wrap
  open({estimate, counter(1, 1)});
  for (int i = 0; i < 10; ++i) tick({1.0, 1.0});
  settle();
  const Figure node = entry(record::kBoardNode);
  EXPECT_EQ(node.provenance, record::Provenance::kEstimated);
  EXPECT_EQ(entry(socket(1)).provenance, record::Provenance::kMeasured);
  EXPECT_LE(node.lo, 5 + 10);
  EXPECT_GE(node.hi, 15 + 10);
}

TEST_F(EnergyBoardTest, OwnShareIsByTimeAndBoundedByWhoTookPart) {
  open({counter(0, 0), counter(1, 1)});
  for (int i = 0; i < 10; ++i) {  // alone on socket 0
    tick({1.0, 1.0});
    energy_->ran(0, "0", 10 * kMs);
    settle();
  }
  for (int i = 0; i < 10; ++i) {  // shared with one of three times the threads
    tick({1.0, 1.0});
    energy_->ran(0, "0", 10 * kMs);
    energy_->ran(1, "0", 30 * kMs);
    settle();
  }
  for (int i = 0; i < 10; ++i) {  // gone
    tick({1.0, 1.0});
    energy_->ran(1, "0", 30 * kMs);
    settle();
  }
  const Figure own = entry(record::kBoardOwn, 0), other = entry(record::kBoardOwn, 1);
  EXPECT_NEAR(own.value, 10 + 2.5, 1e-6);
  EXPECT_NEAR(other.value, 7.5 + 10, 1e-6);
  EXPECT_LE(own.lo, 10);
  EXPECT_GE(own.lo, 8.5);  // the first tick, and what a counter may hold back
  EXPECT_GE(own.hi, 20);
  EXPECT_LE(own.hi, 21.5);
  EXPECT_GE(other.hi, 20);
}

TEST_F(EnergyBoardTest, ASensorOfNoSocketIsSharedByAll) {
  open({counter(0, -1)});
  for (int i = 0; i < 10; ++i) {
    tick({1.0});
    energy_->ran(0, "0", 10 * kMs);
    energy_->ran(1, "1", 10 * kMs);
    settle();
  }
  EXPECT_NEAR(entry(record::kBoardOwn, 0).value, 5, 1e-6);
  EXPECT_NEAR(entry(record::kBoardOwn, 1).value, 5, 1e-6);
}

TEST_F(EnergyBoardTest, AProcessThatIsNotKnownYetGetsNoAnswer) {
  open({counter(0, 0)});
  tick({1.0});
  settle();
  EXPECT_EQ(entry(record::kBoardOwn, 9).state, EnergyState::kUnanswered);
}

}  // namespace
}  // namespace joulepath::tools
