#include "core/analysis/phase_tree.hpp"

#include <gtest/gtest.h>

namespace joulepath::analysis {
namespace {

PhaseSummary own(const std::string& path, double joules, double half_width) {
  PhaseSummary phase;
  phase.name = path;
  phase.own_seconds = joules * 2;
  phase.own_energy.value = joules;
  phase.own_energy.lo = joules - half_width;
  phase.own_energy.hi = joules + half_width;
  phase.own_energy.basis = Basis::kAttributed;
  return phase;
}

const PhaseSummary& find(const std::vector<PhaseSummary>& phases, const std::string& path) {
  for (const auto& phase : phases)
    if (phase.name == path) return phase;
  ADD_FAILURE() << "no phase " << path;
  return phases.front();
}

TEST(PhaseTree, AParentHoldsAllThatLiesInIt) {
  const auto phases = phase_tree({own("a/b/c", 1, 0.5), own("a", 10, 2), own("a/d", 4, 1)});
  ASSERT_EQ(phases.size(), 4u);
  EXPECT_EQ(phases[0].name, "a");
  EXPECT_EQ(phases[1].name, "a/b");
  EXPECT_EQ(phases[2].name, "a/b/c");
  EXPECT_EQ(phases[3].name, "a/d");
  EXPECT_DOUBLE_EQ(phases[0].energy.value, 15);
  EXPECT_DOUBLE_EQ(phases[0].energy.lo, 11.5);
  EXPECT_DOUBLE_EQ(phases[0].energy.hi, 18.5);
  EXPECT_DOUBLE_EQ(phases[0].seconds, 30);
  EXPECT_DOUBLE_EQ(phases[0].own_energy.value, 10);
  EXPECT_TRUE(phases[0].has_nested);
  EXPECT_DOUBLE_EQ(phases[1].own_energy.value, 0);
  EXPECT_DOUBLE_EQ(phases[1].energy.value, 1);
  EXPECT_FALSE(phases[2].has_nested);
}

TEST(PhaseTree, ANameThatOnlyBeginsAlikeIsNoParent) {
  const auto phases = phase_tree({own("solve", 1, 0), own("solver/x", 2, 0)});
  EXPECT_DOUBLE_EQ(find(phases, "solve").energy.value, 1);
  EXPECT_DOUBLE_EQ(find(phases, "solver").energy.value, 2);
}

TEST(PhaseTree, TwoPhasesOfOnePathAreOneRow) {
  auto first = own("a/b", 1, 0);
  first.instances = 2;
  auto second = own("a/b", 3, 0);
  second.instances = 5;
  const auto phases = phase_tree({first, second});
  EXPECT_DOUBLE_EQ(find(phases, "a/b").own_energy.value, 4);
  EXPECT_EQ(find(phases, "a/b").instances, 7u);
}

TEST(PhaseTree, OddPathsEndAndLoseNothing) {
  const auto phases =
      phase_tree({own("/", 1, 0), own("/x", 2, 0), own("a//b", 4, 0), own("a/", 8, 0)});
  double top = 0;
  for (const auto& phase : phases)
    if (phase.parent.empty()) top += phase.energy.value;
  EXPECT_DOUBLE_EQ(top, 15);
}

TEST(PhaseTree, UnknownStaysUnknownWithItsReason) {
  auto inner = own("a/b", 0, 0);
  inner.own_energy = unknown_figure("no sensor");
  const auto phases = phase_tree({inner});
  EXPECT_FALSE(find(phases, "a").energy.known());
  EXPECT_FALSE(find(phases, "a").own_energy.known());
  EXPECT_EQ(find(phases, "a").energy.missing_text(), "no sensor");
}

}  // namespace
}  // namespace joulepath::analysis
