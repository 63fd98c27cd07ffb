/* All ranks leave with exit(3), without MPI_Finalize. MPICH's launcher then kills the ranks
 * that are still on their way out and may report 9: start it with -disable-auto-cleanup
 * where the exit code matters.
 *
 * Launchers end the other ranks when the first has left. So that all have made all their
 * calls by then, each waits on memory they share, without MPI, until all have come that far.
 *
 * On 4 ranks, summed (calls / bytes): MPI_Allreduce 40 / 160 (1 int), MPI_Barrier 4,
 * MPI_Win_allocate_shared 4, MPI_Win_shared_query 4. */
#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  int rank, unit, mine = 1, all = 0;
  MPI_Aint bytes;
  MPI_Win window;
  _Atomic int* arrived = NULL;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (int i = 0; i < 10; ++i) MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  if (rank == 0) {
    printf("noexit sum %d\n", all);
    fflush(stdout);
  }
  MPI_Win_allocate_shared(rank == 0 ? sizeof *arrived : 0, sizeof *arrived, MPI_INFO_NULL,
                          MPI_COMM_WORLD, &arrived, &window);
  MPI_Win_shared_query(window, 0, &bytes, &unit, &arrived);
  if (rank == 0) *arrived = 0;
  MPI_Barrier(MPI_COMM_WORLD);
  ++*arrived;
  while (*arrived < all) sched_yield();
  exit(3);
}
