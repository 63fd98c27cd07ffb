/* A ring of ranks: blocking, non-blocking and collective calls of known number and size.
 *
 * On 4 ranks, summed (calls / bytes): MPI_Sendrecv 400 / 51200 (8 doubles each way),
 * MPI_Isend 200 / 12800, MPI_Irecv 200 / 12800 (16 ints), MPI_Waitall 200,
 * MPI_Allreduce 80 / 2560 (4 longs), MPI_Barrier 40, and once a rank MPI_Init,
 * MPI_Comm_rank, MPI_Comm_size, MPI_Finalize. */
#include <mpi.h>
#include <stdio.h>

enum { kSendrecvs = 100, kPairs = 50, kAllreduces = 20, kBarriers = 10 };

static double pass_around(int left, int right) {
  double out[8], in[8], sum = 0;
  for (int round = 0; round < kSendrecvs; ++round) {
    for (int i = 0; i < 8; ++i) out[i] = right + round + i;
    MPI_Sendrecv(out, 8, MPI_DOUBLE, right, 1, in, 8, MPI_DOUBLE, left, 1, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    sum += in[7];
  }
  return sum;
}

static long exchange(int left, int right) {
  int out[16], in[16];
  long sum = 0;
  for (int round = 0; round < kPairs; ++round) {
    MPI_Request requests[2];
    for (int i = 0; i < 16; ++i) out[i] = right * round + i;
    MPI_Irecv(in, 16, MPI_INT, left, 2, MPI_COMM_WORLD, &requests[0]);
    MPI_Isend(out, 16, MPI_INT, right, 2, MPI_COMM_WORLD, &requests[1]);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    sum += in[15];
  }
  return sum;
}

int main(int argc, char** argv) {
  int rank, size;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const int right = (rank + 1) % size, left = (rank + size - 1) % size;

  const double passed = pass_around(left, right);
  const long exchanged = exchange(left, right);
  long mine[4] = {(long)passed, exchanged, rank, 1}, all[4] = {0, 0, 0, 0};
  for (int i = 0; i < kAllreduces; ++i)
    MPI_Allreduce(mine, all, 4, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
  for (int i = 0; i < kBarriers; ++i) MPI_Barrier(MPI_COMM_WORLD);

  if (rank == 0) {
    printf("{\"checksum\": [%ld, %ld, %ld, %ld]}\n", all[0], all[1], all[2], all[3]);
    printf("{\"MPI_Sendrecv\": %d, \"MPI_Isend\": %d, \"MPI_Irecv\": %d, \"MPI_Waitall\": %d}\n",
           size * kSendrecvs, size * kPairs, size * kPairs, size * kPairs);
    printf("{\"MPI_Allreduce\": %d, \"MPI_Barrier\": %d}\n", size * kAllreduces, size * kBarriers);
  }
  MPI_Finalize();
  return 0;
}
