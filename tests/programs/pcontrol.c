// MPI_Pcontrol with and without labels, with garbage where a label could be, and at levels
// that mean nothing. What it means is JOULEPATH_PCONTROL's matter.
#include <mpi.h>
#include <stdio.h>

#include "joulepath/joulepath.h"

int main(int argc, char** argv) {
  int rank, sum = 0;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (int i = 0; i < 4; ++i) {
    MPI_Pcontrol(1, "labelled");
    MPI_Allreduce(&i, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Pcontrol(-1, "labelled");
  }
  joulepath_phase_begin("around");
  MPI_Pcontrol(0);
  joulepath_phase_begin("unseen");
  MPI_Barrier(MPI_COMM_WORLD);
  joulepath_phase_end();
  MPI_Pcontrol(1, (char*)8);
  MPI_Pcontrol(1, (char*)-16);
  MPI_Pcontrol(2);
  MPI_Pcontrol(1, "\x01 not printable");
  joulepath_phase_end();
  joulepath_phase_begin("seen again");
  joulepath_phase_end();
  if (rank == 0) printf("sum %d\n", sum);
  MPI_Finalize();
  return 0;
}
