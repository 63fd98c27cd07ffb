/* Collectives on MPI_COMM_WORLD and beside it, at other times on each rank. argv[1]: how many
 * barriers come last. With "k": rank 1 kills itself in the end. Prints the ordinals of those that
 * nobody left early, but for the last barriers. */
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, size;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const int barriers = argc > 1 ? atoi(argv[1]) : 3;
  double one = rank, *sent = calloc((size_t)size, sizeof *sent);
  double* got = calloc((size_t)size, sizeof *got);
  int* counts = calloc((size_t)size, sizeof *counts);
  int* places = calloc((size_t)size, sizeof *places);
  for (int i = 0; i < size; ++i) {
    counts[i] = 1;
    places[i] = i;
  }
  MPI_Comm other;
  MPI_Comm_dup(MPI_COMM_WORLD, &other);
  usleep(1000 * (unsigned)rank);
  MPI_Barrier(MPI_COMM_WORLD); /* 1 */
  MPI_Barrier(other);
  MPI_Barrier(MPI_COMM_SELF);
  MPI_Bcast(&one, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  MPI_Allreduce(&one, got, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);         /* 2 */
  MPI_Allreduce(&one, got, 0, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);         /* 3: moves nothing */
  MPI_Allreduce(MPI_IN_PLACE, got, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD); /* 4 */
  MPI_Allreduce(&one, got, 1, MPI_DOUBLE, MPI_SUM, other);
  MPI_Allgather(&one, 1, MPI_DOUBLE, got, 1, MPI_DOUBLE, MPI_COMM_WORLD);         /* 5 */
  MPI_Allgather(MPI_IN_PLACE, 0, MPI_DOUBLE, got, 1, MPI_DOUBLE, MPI_COMM_WORLD); /* 6 */
  MPI_Allgatherv(&one, 1, MPI_DOUBLE, got, counts, places, MPI_DOUBLE, MPI_COMM_WORLD);
  MPI_Alltoall(sent, 1, MPI_DOUBLE, got, 1, MPI_DOUBLE, MPI_COMM_WORLD); /* 7 */
  MPI_Alltoallv(sent, counts, places, MPI_DOUBLE, got, counts, places, MPI_DOUBLE, MPI_COMM_WORLD);
  MPI_Reduce_scatter(sent, got, counts, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  MPI_Reduce_scatter_block(sent, got, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD); /* 8 */
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  /* 9: fails, on every rank. */
  MPI_Allreduce(&one, got, 1, MPI_DATATYPE_NULL, MPI_SUM, MPI_COMM_WORLD);
  MPI_Request request;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  for (int i = 0; i < barriers; ++i) {
    if (i % size == rank && i < 100) usleep(200);
    PMPI_Barrier(MPI_COMM_WORLD); /* 10 ... */
  }
  if (rank == 0) printf("1 2 4 5 6 7 8\n");
  fflush(stdout);
  if (argc > 2 && strcmp(argv[2], "k") == 0) {
    usleep(300000);
    if (rank == 1) raise(SIGKILL);
    pause();
  }
  MPI_Comm_free(&other);
  MPI_Finalize();
  free(sent);
  free(got);
  free(counts);
  free(places);
  return 0;
}
