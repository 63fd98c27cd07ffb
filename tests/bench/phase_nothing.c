// The region API's table with functions that do nothing: what a phase costs before anything
// is done for it. Preloaded by phase_cost.py.
#include "joulepath/joulepath.h"

static void begin(const char* name) {
  (void)name;
}
static void end(void) {}
static int energy(joulepath_scope scope, double* value, double* lo, double* hi) {
  (void)scope, (void)value, (void)lo, (void)hi;
  return JOULEPATH_NO_SENSOR;
}
static int provenance(joulepath_scope scope) {
  (void)scope;
  return JOULEPATH_ABSENT;
}

extern const joulepath_api joulepath_api_1;
const joulepath_api joulepath_api_1 = {1, sizeof(joulepath_api), begin, end, energy, provenance};
