/* What event mode is tested with, on 4 ranks: every way to start and complete a message,
 * with waits of known length. Each part ends with a barrier of its own communicator.
 *
 * Known waits (ms, by nanosleep before the other side's call):
 *   rank 1 in MPI_Recv for rank 0: 20. Rank 2 in MPI_Wait (Irecv from any) for rank 3: 30.
 *   rank 3 in MPI_Waitall for rank 0: 40. Ranks 0, 2, 3 in MPI_Bcast for root 1: 25.
 *   rank 0 in MPI_Ssend for rank 2: 15. */
#include <mpi.h>
#include <stdio.h>
#include <time.h>

static void sleep_ms(long ms) {
  const struct timespec time = {0, ms * 1000000L};
  nanosleep(&time, NULL);
}

int main(int argc, char** argv) {
  int rank, size, value = 0, other = 0;
  MPI_Comm same, reversed;
  MPI_Request requests[3];
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size != 4) MPI_Abort(MPI_COMM_WORLD, 1);
  MPI_Comm_dup(MPI_COMM_WORLD, &same);
  MPI_Comm_split(MPI_COMM_WORLD, 0, -rank, &reversed);
  MPI_Barrier(same);

  if (rank == 1) MPI_Recv(&value, 1, MPI_INT, 0, 100000, same, MPI_STATUS_IGNORE);
  if (rank == 0) {
    sleep_ms(20);
    value = 42;
    MPI_Send(&value, 1, MPI_INT, 1, 100000, same);
  }
  MPI_Barrier(same);

  if (rank == 2) { /* rank 3 is number 0 of `reversed` */
    MPI_Irecv(&value, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, reversed, &requests[0]);
    MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
  }
  if (rank == 3) {
    sleep_ms(30);
    MPI_Send(&rank, 1, MPI_INT, 1, 7, reversed);
  }
  MPI_Barrier(same);

  if (rank == 3) {
    MPI_Irecv(&value, 1, MPI_INT, 0, 1, MPI_COMM_WORLD, &requests[0]);
    MPI_Irecv(&other, 1, MPI_INT, 1, 1, MPI_COMM_WORLD, &requests[1]);
    MPI_Irecv(&other, 1, MPI_INT, MPI_PROC_NULL, 1, MPI_COMM_WORLD, &requests[2]);
    MPI_Waitall(3, requests, MPI_STATUSES_IGNORE);
  }
  if (rank < 2) {
    if (rank == 0) sleep_ms(40);
    MPI_Isend(&rank, 1, MPI_INT, 3, 1, MPI_COMM_WORLD, &requests[0]);
    MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
  }
  MPI_Barrier(same);

  if (rank == 1) sleep_ms(25);
  MPI_Bcast(&value, 1, MPI_INT, 1, same);
  MPI_Barrier(same);

  if (rank == 0) MPI_Ssend(&rank, 1, MPI_INT, 2, 3, same);
  if (rank == 2) {
    sleep_ms(15);
    MPI_Recv(&value, 1, MPI_INT, 0, 3, same, MPI_STATUS_IGNORE);
  }
  MPI_Barrier(same);

  for (int i = 0; i < 100; ++i)
    MPI_Sendrecv(&rank, 1, MPI_INT, (rank + 1) % size, 5, &value, 1, MPI_INT,
                 (rank + size - 1) % size, 5, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  MPI_Comm_free(&same);
  /* Of half the ranks: 0 and 2, 1 and 3. An MPI may give it the handle of the one before. */
  MPI_Comm_split(MPI_COMM_WORLD, rank % 2, rank, &same);
  if (rank < 2) MPI_Send(&rank, 1, MPI_INT, 1, 9, same);
  if (rank >= 2) MPI_Recv(&value, 1, MPI_INT, 0, 9, same, MPI_STATUS_IGNORE);
  MPI_Comm_free(&same);
  MPI_Comm_free(&reversed);
  if (rank == 0) printf("events done\n");
  MPI_Finalize();
  return 0;
}
