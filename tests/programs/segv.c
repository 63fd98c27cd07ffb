/* Rank 2 writes through a null pointer after a barrier. */
#include <mpi.h>
#include <stddef.h>

int main(int argc, char** argv) {
  int rank;
  volatile int* volatile nowhere = NULL;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank == 2) *nowhere = 1;
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  return 0;
}
