// What may stand behind --joulepath, and what may not: the text comes from any user.
#include "slurm/spank/step_options.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace joulepath::slurm {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs parsed(std::string_view text) {
  const auto options = parse_options(text);
  if (!options) return {{"error", options.error().message()}};
  Pairs pairs;
  for (const Variable& one : options->variables) pairs.emplace_back(one.name, one.value);
  return pairs;
}

TEST(StepOptions, Nothing) {
  EXPECT_EQ(parsed(""), Pairs());
}

TEST(StepOptions, SettingsAndLists) {
  EXPECT_EQ(parsed("period=1ms,sensors=rapl,!dram,events,recorder-cpu=2%"),
            (Pairs{{"JOULEPATH_PERIOD", "1ms"},
                   {"JOULEPATH_SENSORS", "rapl,!dram"},
                   {"JOULEPATH_EVENTS", "on"},
                   {"JOULEPATH_RECORDER_CPU", "2%"}}));
  EXPECT_EQ(parsed("counters=cycles,flop=cpu/event=1,umask=2/*4,period=1ms"),
            (Pairs{{"JOULEPATH_COUNTERS", "cycles,flop=cpu/event=1,umask=2/*4"},
                   {"JOULEPATH_PERIOD", "1ms"}}));
  EXPECT_EQ(parsed("events=off"), (Pairs{{"JOULEPATH_EVENTS", "off"}}));
}

TEST(StepOptions, Off) {
  EXPECT_EQ(parsed("off"), (Pairs{{"JOULEPATH_DISABLE", "1"}}));
}

TEST(StepOptions, CommentIsThePlugInsOwn) {
  EXPECT_EQ(parse_options("")->comment, std::nullopt);
  EXPECT_EQ(parse_options("comment")->comment, true);
  EXPECT_EQ(parse_options("period=1ms,comment=on,events")->comment, true);
  EXPECT_EQ(parse_options("comment=off")->comment, false);
  EXPECT_EQ(parsed("period=1ms,comment,events"),
            (Pairs{{"JOULEPATH_PERIOD", "1ms"}, {"JOULEPATH_EVENTS", "on"}}));
}

TEST(StepOptions, WhatIsRefused) {
  for (const std::string& text : {std::string("sysfs-root=/x"),
                                  std::string("LD_PRELOAD=/x"),
                                  std::string("config=/x"),
                                  std::string("period=1ms,ipmi-password-file=/x"),
                                  std::string("period="),
                                  std::string("sensors=,period=1ms"),
                                  std::string("period=1ms,period=2ms"),
                                  std::string("output=$HOME/x"),
                                  std::string("output=`id`"),
                                  std::string("output=\"x\""),
                                  std::string("output=a\nb"),
                                  std::string("output=\xc3\xa4"),
                                  std::string("rapl"),
                                  std::string(","),
                                  std::string("=1"),
                                  std::string("period"),
                                  std::string("comment=yes"),
                                  std::string("comment,x"),
                                  std::string("comment,comment"),
                                  "output=" + std::string(kMostValueBytes + 1, 'x'),
                                  std::string(kMostOptionBytes + 1, 'x')})
    EXPECT_EQ(parsed(text).front().first, "error") << text;
}

TEST(StepOptions, AtTheBounds) {
  EXPECT_EQ(parsed("output=" + std::string(kMostValueBytes, 'x')).front().first,
            "JOULEPATH_OUTPUT");
}

TEST(StepOptions, TenThousandMalformedOnes) {
  std::mt19937 random(7);
  constexpr std::string_view kPieces[] = {"period", "=",  ",", "1ms", "sensors", "off", "events",
                                          "!",      "\n", "$", "/",   "output",  "x",   "\xff"};
  for (int turn = 0; turn < 10'000; ++turn) {
    std::string text;
    for (auto pieces = random() % 12; pieces > 0; --pieces)
      text += kPieces[random() % std::size(kPieces)];
    const auto options = parse_options(text);
    if (!options) continue;
    for (const Variable& one : options->variables) {
      EXPECT_TRUE(one.name.starts_with("JOULEPATH_")) << text;
      EXPECT_FALSE(one.value.empty()) << text;
      EXPECT_EQ(one.value.find_first_of("\n$\xff"), std::string::npos) << text;
    }
  }
}

}  // namespace
}  // namespace joulepath::slurm
