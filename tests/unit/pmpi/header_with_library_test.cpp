// joulepath.h with a table in reach of dlsym: this program's own, standing in for the
// preloaded library.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "core/record/signal.hpp"
#include "joulepath/joulepath.h"

namespace {

std::vector<std::string>& heard() {
  static std::vector<std::string> all;
  return all;
}

void begin(const char* name) {
  heard().push_back(std::string("begin ") + name);
}
void end() {
  heard().push_back("end");
}
int energy(joulepath_scope scope, double* value, double* lo, double* hi) {
  if (scope == JOULEPATH_SOCKET(3)) return JOULEPATH_NO_SENSOR;
  *value = 10.0 + scope;
  *lo = 9;
  *hi = 12;
  return 0;
}
int provenance(joulepath_scope scope) {
  return scope == JOULEPATH_NODE ? JOULEPATH_ESTIMATED : JOULEPATH_ABSENT;
}

}  // namespace

extern "C" [[gnu::visibility("default"), gnu::used]] const joulepath_api joulepath_api_1 = {
    1, sizeof(joulepath_api), &begin, &end, &energy, &provenance};

namespace {

TEST(HeaderWithLibrary, PhasesArrive) {
  heard().clear();
  joulepath_phase_begin("solve");
  try {
    joulepath::Phase phase{"step"};
    throw std::runtime_error("left by it");
  } catch (const std::runtime_error&) {
  }
  joulepath_phase_end();
  EXPECT_EQ(heard(), (std::vector<std::string>{"begin solve", "begin step", "end", "end"}));
}

TEST(HeaderWithLibrary, EnergyAndErrorsArrive) {
  double value = 0, lo = 0, hi = 0;
  EXPECT_EQ(joulepath_energy_j(JOULEPATH_OWN, &value, &lo, &hi), 0);
  EXPECT_EQ(value, 11);
  EXPECT_EQ(lo, 9);
  EXPECT_EQ(hi, 12);
  EXPECT_EQ(joulepath_energy_j(JOULEPATH_SOCKET(3), &value, &lo, &hi), JOULEPATH_NO_SENSOR);
  EXPECT_EQ(joulepath_energy_provenance(JOULEPATH_NODE), JOULEPATH_ESTIMATED);
}

TEST(HeaderWithLibrary, ProvenancesAreThoseOfTheTrace) {
  using joulepath::record::Provenance;
  static_assert(JOULEPATH_MEASURED == static_cast<int>(Provenance::kMeasured));
  static_assert(JOULEPATH_DEVICE_AVERAGED == static_cast<int>(Provenance::kDeviceAveraged));
  static_assert(JOULEPATH_ESTIMATED == static_cast<int>(Provenance::kEstimated));
  static_assert(JOULEPATH_ABSENT == static_cast<int>(Provenance::kAbsent));
}

}  // namespace
