/* Odd ranks poll for a message that the rank below them sends only after they have all polled:
 * no poll finds anything.
 *
 * On 4 ranks, summed (calls / bytes): MPI_Iprobe 200000, MPI_Test 40000, MPI_Testall 40000,
 * MPI_Testany 400000, MPI_Testsome 40000; MPI_Irecv 2 / 8, MPI_Send 2 / 8, MPI_Wait 2,
 * MPI_Barrier 8. */
#include <mpi.h>
#include <stdio.h>

enum { kProbes = 100000, kTests = 20000, kAnies = 200000 };

static int found;

static void poll_for(int from, int* value) {
  MPI_Request request;
  int flag, index, count;
  for (int i = 0; i < kProbes; ++i) {
    MPI_Iprobe(from, 0, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
    found += flag;
  }
  MPI_Irecv(value, 1, MPI_INT, from, 0, MPI_COMM_WORLD, &request);
  for (int i = 0; i < kTests; ++i) {
    MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
    found += flag;
  }
  for (int i = 0; i < kTests; ++i) {
    MPI_Testall(1, &request, &flag, MPI_STATUSES_IGNORE);
    found += flag;
  }
  for (int i = 0; i < kTests; ++i) {
    MPI_Testsome(1, &request, &count, &index, MPI_STATUSES_IGNORE);
    found += count;
  }
  for (int i = 0; i < kAnies; ++i) {
    MPI_Testany(1, &request, &index, &flag, MPI_STATUS_IGNORE);
    found += flag;
  }
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
}

int main(int argc, char** argv) {
  int rank, value;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank % 2 == 1) {
    poll_for(rank - 1, &value);
    if (rank == 1) printf("rank 1 got %d, found %d before\n", value, found);
  } else {
    value = 7 + rank;
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Send(&value, 1, MPI_INT, rank + 1, 0, MPI_COMM_WORLD);
  }
  MPI_Finalize();
  return 0;
}
