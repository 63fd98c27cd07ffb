/* All ranks leave with exit(3), without MPI_Finalize. MPICH's launcher then kills the ranks
 * that are still on their way out and may report 9: start it with -disable-auto-cleanup
 * where the exit code matters.
 *
 * On 4 ranks, summed (calls / bytes): MPI_Allreduce 40 / 160 (1 int), MPI_Barrier 4. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  int rank, mine = 1, all = 0;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (int i = 0; i < 10; ++i) MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  if (rank == 0) {
    printf("noexit sum %d\n", all);
    fflush(stdout);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  exit(3);
}
