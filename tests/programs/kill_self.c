/* Rank 1 dies of SIGKILL after N rounds; the launcher ends the others, who would go on.
 * Usage: kill_self [N]   (default 200 allreduces of one int)
 *
 * Rank 1 has made exactly N MPI_Allreduce calls of 4 bytes when it dies. */
#include <mpi.h>
#include <signal.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  int rank, mine = 1, all = 0;
  MPI_Init(&argc, &argv);
  const long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 200;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (long i = 0; i < rounds; ++i) MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  if (rank == 1) raise(SIGKILL);
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  return 0;
}
