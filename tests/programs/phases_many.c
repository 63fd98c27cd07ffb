// More than there is room for: 300 phases, 70 of them open at once, ends without a begin,
// a name that is too long.
#include <mpi.h>
#include <stdio.h>

#include "joulepath/joulepath.h"

int main(int argc, char** argv) {
  int rank;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  joulepath_phase_end();
  joulepath_phase_end();
  joulepath_phase_begin(
      "0123456789012345678901234567890123456789012345678901234567\xc3\xa4\xc3\xb6");
  joulepath_phase_end();
  for (int depth = 0; depth < 70; ++depth) joulepath_phase_begin("d");
  MPI_Barrier(MPI_COMM_WORLD);
  for (int depth = 0; depth < 70; ++depth) joulepath_phase_end();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 300; ++i) {
      char name[16];
      snprintf(name, sizeof name, "phase %03d", i);
      joulepath_phase_begin(name);
      joulepath_phase_end();
    }
  }
  joulepath_phase_begin("d");
  joulepath_phase_end();
  joulepath_phase_end();
  if (rank == 0) puts("done");
  MPI_Finalize();
  return 0;
}
