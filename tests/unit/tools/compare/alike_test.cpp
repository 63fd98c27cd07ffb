#include "tools/compare/alike.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "two_runs.hpp"

namespace joulepath::compare {
namespace {

using namespace testing;

Alike alike(const RunFigures& before, const RunFigures& after) {
  return how_alike(std::vector{before}, std::vector{after});
}

bool warns(const Alike& alike, const std::string& words) {
  for (const auto& warning : alike.warnings)
    if (warning.find(words) != std::string::npos) return true;
  return false;
}

TEST(Alike, RunsOfOneKindAre) {
  const Alike same = alike(before_run(), after_run());
  EXPECT_EQ(same.energy, "");
  EXPECT_EQ(same.waiting, "");
  ASSERT_EQ(same.warnings.size(), 1u);
  EXPECT_TRUE(warns(same, "One run of a side"));
  const std::vector runs{before_run(), before_run()};
  EXPECT_TRUE(how_alike(runs, runs).warnings.empty());
}

TEST(Alike, TotalsOfOtherDevicesAreNotSubtracted) {
  auto after = after_run();
  after.counted = {"2 package"};
  const Alike other = alike(before_run(), after);
  EXPECT_EQ(other.energy, "the totals do not count the same devices");
  EXPECT_EQ(other.incomplete, "");
  EXPECT_TRUE(warns(other, "before 1 dram + 2 package, after 2 package"));
}

TEST(Alike, NorAreThoseOfOneSideThatIsNotAlikeItself) {
  auto odd = before_run();
  odd.counted = {"2 package"};
  const std::vector before{before_run(), odd};
  EXPECT_NE(how_alike(before, std::vector{after_run()}).energy, "");
}

TEST(Alike, IncompleteTracesAreNot) {
  auto after = after_run();
  after.incomplete = {"node02: gone", "node03: gone"};
  const Alike partial = alike(before_run(), after);
  EXPECT_EQ(partial.energy, "a trace is incomplete");
  EXPECT_EQ(partial.incomplete, "a trace is incomplete");
  EXPECT_TRUE(warns(partial, "after (after.h5): node02: gone, and 1 more such"));
}

TEST(Alike, MeasuredAndEstimatedAreNot) {
  auto after = after_run();
  after.energy.basis = analysis::Basis::kEstimated;
  EXPECT_EQ(alike(before_run(), after).energy, "measured and estimated totals");
  EXPECT_EQ(alike(after, after).energy, "");
  EXPECT_TRUE(warns(alike(after, after), "ESTIMATED"));
}

TEST(Alike, WaitingToldInTwoWaysIsNot) {
  auto after = after_run();
  after.waiting = Waiting::kEvents;
  const Alike waiting = alike(before_run(), after);
  EXPECT_EQ(waiting.energy, "");
  EXPECT_NE(waiting.waiting, "");
  EXPECT_TRUE(warns(waiting, "after by the times of each call"));
}

TEST(Alike, CircumstancesAreSaid) {
  auto after = after_run();
  after.hosts = {"node01", "node02"};
  after.ranks = "8";
  after.cpus = {"Other CPU"};
  after.sources = {"msr"};
  after.shared = {"node02 (20.0 % of its CPU time)"};
  after.unread = {"psys: it never moved"};
  after.lost = {"dram: 1 interval lost"};
  const Alike other = alike(before_run(), after);
  EXPECT_EQ(other.energy, "");
  for (const char* words :
       {"number of nodes: before 1, after 2", "number of ranks: before 4, after 8",
        "processors: before Some CPU, after Other CPU", "before powercap, after msr",
        "node02 (20.0 % of its CPU time)", "dram: 1 interval lost", "psys: it never moved"})
    EXPECT_TRUE(warns(other, words)) << words;
  after.hosts = {"node07"};
  EXPECT_TRUE(warns(alike(before_run(), after), "not all on the same nodes"));
}

}  // namespace
}  // namespace joulepath::compare
