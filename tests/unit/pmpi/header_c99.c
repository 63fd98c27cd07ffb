// Compiled, never run: the region API in strict C99.
#include "joulepath/joulepath.h"

int joulepath_in_c99(void);
int joulepath_in_c99(void) {
  double value, lo, hi;
  joulepath_phase_begin("solve");
  joulepath_phase_end();
  const joulepath_scope scope = JOULEPATH_SOCKET(1);
  return joulepath_energy_j(scope, &value, &lo, &hi) + joulepath_energy_provenance(JOULEPATH_OWN) +
         joulepath_energy_reason(JOULEPATH_BROKEN)[0];
}
