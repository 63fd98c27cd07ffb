// Values come back as they went, and damaged bytes are noticed.
#include "core/base/bytes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace joulepath::base::testing {

enum class Colour : std::uint8_t { kRed = 1, kBlue = 7 };

struct Row {
  double value = 0.0;
  std::string name;
  std::vector<float> widths;
  std::optional<std::set<std::uint32_t>> users;
  std::array<std::uint64_t, 3> rest{};
  std::tuple<std::string, std::int64_t> key;
  Colour colour = Colour::kRed;
  bool known = false;
};

template <class Archive>
void fields(Archive& archive, Is<Row> auto& row) {
  auto& [value, name, widths, users, rest, key, colour, known] = row;
  archive(value, name, widths, users, rest, key, colour, known);
}

namespace {

Row example() {
  return {0.1 + 0.2, std::string("a\0b", 3), {1.5f, -0.0f}, std::set<std::uint32_t>{3, 9},
          {1, 2, 3}, {"node", -5},           Colour::kBlue, true};
}

std::string bytes_of(const std::vector<Row>& rows) {
  ByteWriter writer;
  writer(rows);
  return writer.bytes();
}

TEST(Bytes, EveryMemberComesBack) {
  const std::string bytes = bytes_of({example(), Row{}});
  ByteReader reader(bytes);
  std::vector<Row> rows;
  reader(rows);
  ASSERT_TRUE(reader.whole());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].value, 0.1 + 0.2);
  EXPECT_EQ(rows[0].name, std::string("a\0b", 3));
  ASSERT_EQ(rows[0].widths.size(), 2u);
  EXPECT_TRUE(std::signbit(rows[0].widths[1]));
  EXPECT_EQ(rows[0].users, (std::set<std::uint32_t>{3, 9}));
  EXPECT_EQ(rows[0].rest, (std::array<std::uint64_t, 3>{1, 2, 3}));
  EXPECT_EQ(rows[0].key, std::tuple(std::string("node"), std::int64_t{-5}));
  EXPECT_EQ(rows[0].colour, Colour::kBlue);
  EXPECT_TRUE(rows[0].known);
  EXPECT_FALSE(rows[1].users.has_value());
}

TEST(Bytes, DoublesToTheLastBit) {
  for (const double value : {std::numeric_limits<double>::denorm_min(), -0.0,
                             std::numeric_limits<double>::infinity(), 1.0 / 3.0}) {
    ByteWriter writer;
    writer(value);
    ByteReader reader(writer.bytes());
    double got = 7.0;
    reader(got);
    EXPECT_EQ(std::memcmp(&got, &value, sizeof value), 0) << value;
  }
}

TEST(Bytes, EveryShorterOrLongerTextIsNoticed) {
  const std::string bytes = bytes_of({example()});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    ByteReader reader(std::string_view(bytes).substr(0, length));
    std::vector<Row> rows;
    reader(rows);
    EXPECT_FALSE(reader.whole()) << length;
  }
  const std::string longer = bytes + "x";
  ByteReader reader(longer);
  std::vector<Row> rows;
  reader(rows);
  EXPECT_FALSE(reader.whole());
}

TEST(Bytes, ADamagedLengthAsksForNoMemory) {
  ByteWriter writer;
  writer(std::numeric_limits<std::size_t>::max());
  ByteReader reader(writer.bytes());
  std::vector<double> values;
  reader(values);
  EXPECT_FALSE(reader.whole());
  EXPECT_TRUE(values.empty());
}

}  // namespace
}  // namespace joulepath::base::testing
