// Point 13: a known late sender. Its receiver spins, a third rank sleeps in a barrier.
// The time they waited is told to 20 us a call, its energy within its bounds, and what
// moved data is not counted as waiting.
#include <gtest/gtest.h>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"

namespace joulepath::accuracy {
namespace {

double told_seconds(const analysis::Summary& summary, analysis::ReportClass report_class) {
  for (const auto& row : summary.classes)
    if (row.report_class == report_class) return row.seconds;
  return 0.0;
}

double calls_of(const Simulation& simulation) {
  double calls = 0;
  for (const Lane& lane : simulation.scenario.program.lanes)
    for (const Stretch& stretch : lane.stretches()) calls += stretch.calls;
  return calls;
}

TEST(LateSender, WaitingIsToldApartFromTransfer) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Simulation simulation = simulate(late_sender(seed), seed);
    const Judgement judgement = judge(simulation);
    const double allowed_s = 20e-6 * calls_of(simulation);
    EXPECT_NEAR(told_seconds(judgement.summary, analysis::ReportClass::kWait),
                true_class_seconds(simulation, "MPI wait"), allowed_s);
    EXPECT_NEAR(told_seconds(judgement.summary, analysis::ReportClass::kTransfer),
                true_class_seconds(simulation, "MPI transfer"), allowed_s);
    for (const char* name : {"class MPI wait", "class MPI transfer", "class compute"}) {
      const Verdict& verdict = judgement.at(name);
      EXPECT_TRUE(verdict.holds()) << verdict.text();
      std::printf("seed %2d  %s\n", static_cast<int>(seed), verdict.text().c_str());
    }
  }
}

}  // namespace
}  // namespace joulepath::accuracy
