// Nested phases: before MPI_Init, around MPI calls, in a callback of one, after
// MPI_Finalize. The same name in two places is two phases.
#include <mpi.h>
#include <stdio.h>

#include "joulepath/joulepath.h"

/// Called by the MPI within MPI_Allreduce: the phase holds after that call.
static void add(void* in, void* inout, int* count, MPI_Datatype* type) {
  (void)type;
  joulepath_phase_begin("after the callback");
  for (int i = 0; i < *count; ++i) ((int*)inout)[i] += ((int*)in)[i];
  joulepath_phase_end();
  joulepath_phase_begin("after the callback");
}

int main(int argc, char** argv) {
  int rank, sum = 0;
  joulepath_phase_begin("setup");
  MPI_Init(&argc, &argv);
  joulepath_phase_end();
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (int step = 0; step < 10; ++step) {
    joulepath_phase_begin("solve");
    joulepath_phase_begin("exchange");
    MPI_Allreduce(&step, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    joulepath_phase_end();
    joulepath_phase_end();
  }
  for (int step = 0; step < 3; ++step) {
    char name[16] = "exchange";  // another address, the same text
    joulepath_phase_begin(name);
    MPI_Barrier(MPI_COMM_WORLD);
    name[0] = 'E';  // and another text at the same address
    joulepath_phase_begin(name);
    joulepath_phase_end();
    joulepath_phase_end();
  }
  MPI_Op op;
  MPI_Op_create(&add, 1, &op);
  int in = rank + 1, inout = 10;
  MPI_Reduce_local(&in, &inout, 1, MPI_INT, op);
  joulepath_phase_end();
  MPI_Op_free(&op);
  if (rank == 0) printf("sum %d, reduced %d\n", sum, inout);
  MPI_Finalize();
  joulepath_phase_begin("teardown");
  joulepath_phase_end();
  return 0;
}
