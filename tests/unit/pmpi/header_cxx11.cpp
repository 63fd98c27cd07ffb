// Compiled, never run: the region API in C++11.
#include "joulepath/joulepath.h"

int joulepath_in_cxx11();
int joulepath_in_cxx11() {
  joulepath::Phase phase{"solve"};
  return joulepath_energy_j(JOULEPATH_NODE, nullptr, nullptr, nullptr);
}
