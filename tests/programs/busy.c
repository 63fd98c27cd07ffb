/* Computes for a given wall-clock time on every rank, in steps of about 20 ms, with an
 * allreduce after each by which all agree when to stop. Usage: busy SECONDS
 *
 * Rank 0 prints the number of steps: as many MPI_Allreduce calls (8 bytes) every rank made. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static double compute_until(double end) {
  volatile double work = 0;
  while (MPI_Wtime() < end)
    for (int i = 0; i < 1000; ++i) work += i * 0.5;
  return work;
}

int main(int argc, char** argv) {
  int rank;
  long steps = 0;
  double elapsed = 0;
  MPI_Init(&argc, &argv);
  const double seconds = argc > 1 ? strtod(argv[1], NULL) : 1.0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const double begin = MPI_Wtime();
  while (elapsed < seconds) {
    const double left = seconds - elapsed;
    compute_until(MPI_Wtime() + (left < 0.02 ? left : 0.02));
    const double mine = MPI_Wtime() - begin;
    MPI_Allreduce(&mine, &elapsed, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    ++steps;
  }
  if (rank == 0) printf("busy steps %ld\n", steps);
  MPI_Finalize();
  return 0;
}
