// Rank 1 is 50 ms late to every second of 40 barriers: the others wait for it.
#include <mpi.h>
#include <stdio.h>
#include <time.h>

int main(int argc, char** argv) {
  int rank, size;
  MPI_Init(&argc, &argv);
  for (int i = 0; i < 100; ++i) MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  for (int i = 0; i < 40; ++i) {
    const struct timespec late = {0, 50 * 1000 * 1000};
    if (rank == 1 && i % 2 == 1) nanosleep(&late, NULL);
    MPI_Barrier(MPI_COMM_WORLD);
  }
  if (rank == 0) printf("%d ranks\n", size);
  MPI_Finalize();
  return 0;
}
