/* A halo exchange of changing sizes between neighbours, 20,000 rounds: the usual mix of
 * calls, for what events cost. Per rank: 2 Irecv, 2 Isend, 1 Waitall a round; an Allreduce
 * every tenth. */
#include <mpi.h>
#include <stdio.h>

int main(int argc, char** argv) {
  static double out[2][512], in[2][512];
  int rank, size;
  double sum = 0, all = 0;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const int right = (rank + 1) % size, left = (rank + size - 1) % size;
  for (int round = 0; round < 20000; ++round) {
    MPI_Request requests[4];
    const int count = 64 << (round / 100 % 3);
    MPI_Irecv(in[0], count, MPI_DOUBLE, left, 1, MPI_COMM_WORLD, &requests[0]);
    MPI_Irecv(in[1], count, MPI_DOUBLE, right, 2, MPI_COMM_WORLD, &requests[1]);
    MPI_Isend(out[0], count, MPI_DOUBLE, right, 1, MPI_COMM_WORLD, &requests[2]);
    MPI_Isend(out[1], count, MPI_DOUBLE, left, 2, MPI_COMM_WORLD, &requests[3]);
    MPI_Waitall(4, requests, MPI_STATUSES_IGNORE);
    for (int i = 0; i < count; ++i) sum += in[0][i] + in[1][i];
    if (round % 10 == 0) MPI_Allreduce(&sum, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  }
  if (rank == 0) printf("long ring %g\n", all);
  MPI_Finalize();
  return 0;
}
