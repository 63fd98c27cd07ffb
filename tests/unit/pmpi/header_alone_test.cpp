// joulepath.h where no library is preloaded: nothing happens, and errors say what to do.
#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "joulepath/joulepath.h"

namespace {

TEST(HeaderAlone, PhasesAreWithoutEffect) {
  joulepath_phase_end();
  joulepath_phase_begin("solve");
  joulepath_phase_begin(nullptr);
  { joulepath::Phase phase{"scope"}; }
  joulepath_phase_end();
  EXPECT_EQ(joulepath_find_api(), nullptr);
}

TEST(HeaderAlone, EnergyIsNotRecorded) {
  double value = 1, lo = 2, hi = 3;
  EXPECT_EQ(joulepath_energy_j(JOULEPATH_NODE, &value, &lo, &hi), JOULEPATH_NOT_RECORDED);
  EXPECT_EQ(joulepath_energy_j(-5, nullptr, nullptr, nullptr), JOULEPATH_NOT_RECORDED);
  EXPECT_EQ(joulepath_energy_provenance(JOULEPATH_OWN), JOULEPATH_ABSENT);
  EXPECT_EQ(value, 1);
  EXPECT_EQ(lo, 2);
  EXPECT_EQ(hi, 3);
}

TEST(HeaderAlone, EachErrorHasItsReason) {
  EXPECT_STREQ(joulepath_energy_reason(0), "");
  std::string before;
  for (int error = JOULEPATH_NOT_RECORDED; error <= JOULEPATH_NO_COUNTER; ++error) {
    const std::string reason = joulepath_energy_reason(error);
    EXPECT_NE(reason, "");
    EXPECT_NE(reason, joulepath_energy_reason(99));
    EXPECT_NE(reason, before);
    before = reason;
  }
}

TEST(HeaderAlone, PhaseObjectsAreNotCopied) {
  static_assert(!std::is_copy_constructible_v<joulepath::Phase>);
  static_assert(!std::is_copy_assignable_v<joulepath::Phase>);
}

}  // namespace
