/* The large-count (_c) functions of MPI-4.
 *
 * On 4 ranks, summed (calls / bytes): MPI_Send_c 20 / 160000 and MPI_Recv_c 20 / 160000
 * (1000 doubles, even ranks to odd ones), MPI_Bcast_c 4 / 400 (25 ints),
 * MPI_Allreduce_c 4 / 96 (3 longs), MPI_Alltoallv_c 4 / 256 (rank + i + 1 ints to rank i),
 * MPI_Send_init_c 2, MPI_Recv_init_c 2, MPI_Start 4 / 32 (1 double), MPI_Wait 4,
 * MPI_Request_free 4. */
#include <mpi.h>
#include <stdio.h>

static double block[1000];

int main(int argc, char** argv) {
  int rank, size, ints[64] = {0}, received[64] = {0};
  long mine[3] = {1, 2, 3}, all[3] = {0};
  MPI_Count counts[4];
  MPI_Aint starts[4], next = 0;
  MPI_Request request;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size != 4) {
    if (rank == 0) fprintf(stderr, "large_count: needs exactly 4 ranks\n");
    MPI_Finalize();
    return 2;
  }
  const int partner = rank ^ 1;
  for (int i = 0; i < 1000; ++i) block[i] = rank;
  for (int round = 0; round < 10; ++round) {
    if (rank % 2 == 0)
      MPI_Send_c(block, 1000, MPI_DOUBLE, partner, 1, MPI_COMM_WORLD);
    else
      MPI_Recv_c(block, 1000, MPI_DOUBLE, partner, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
  if (rank % 2 == 0)
    MPI_Send_init_c(block, 1, MPI_DOUBLE, partner, 2, MPI_COMM_WORLD, &request);
  else
    MPI_Recv_init_c(block, 1, MPI_DOUBLE, partner, 2, MPI_COMM_WORLD, &request);
  MPI_Start(&request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  MPI_Request_free(&request);
  MPI_Bcast_c(ints, 25, MPI_INT, 0, MPI_COMM_WORLD);
  for (int i = 0; i < 4; ++i) {
    counts[i] = rank + i + 1;
    starts[i] = next;
    next += (MPI_Aint)counts[i];
  }
  for (int i = 0; i < 64; ++i) ints[i] = rank + i;
  MPI_Alltoallv_c(ints, counts, starts, MPI_INT, received, counts, starts, MPI_INT, MPI_COMM_WORLD);
  mine[2] = received[3] + (long)block[999];
  MPI_Allreduce_c(mine, all, 3, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
  if (rank == 0) printf("large_count checksum %ld %ld %ld\n", all[0], all[1], all[2]);
  MPI_Finalize();
  return 0;
}
