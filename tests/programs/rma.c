/* One-sided calls of known size in a ring.
 *
 * On 4 ranks, summed (calls / bytes): MPI_Put 40 / 640 (4 ints), MPI_Get 40 / 640,
 * MPI_Accumulate 40 / 320 (2 ints), MPI_Get_accumulate 4 / 32 (2 ints, MPI_NO_OP with no
 * origin), MPI_Fetch_and_op 40 / 160, MPI_Compare_and_swap 4 / 16, MPI_Rput 4 / 16,
 * MPI_Wait 4, MPI_Win_fence 44, MPI_Win_lock_all 4, MPI_Win_unlock_all 4,
 * MPI_Win_flush 40, MPI_Win_allocate 4, MPI_Win_free 4, MPI_Barrier 8. */
#include <mpi.h>
#include <stdio.h>

int main(int argc, char** argv) {
  int rank, size, *memory, mine[4], got[4], before = 0, zero = 0;
  long sum = 0, total = 0;
  MPI_Win window;
  MPI_Request request;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const int right = (rank + 1) % size;
  MPI_Win_allocate(16 * (MPI_Aint)sizeof(int), sizeof(int), MPI_INFO_NULL, MPI_COMM_WORLD, &memory,
                   &window);
  for (int i = 0; i < 16; ++i) memory[i] = i;
  for (int i = 0; i < 4; ++i) mine[i] = rank + i;
  MPI_Win_fence(0, window);
  for (int round = 0; round < 10; ++round) {
    MPI_Put(mine, 4, MPI_INT, right, 0, 4, MPI_INT, window);
    MPI_Get(got, 4, MPI_INT, right, 4, 4, MPI_INT, window);
    MPI_Accumulate(mine, 2, MPI_INT, right, 8, 2, MPI_INT, MPI_SUM, window);
    MPI_Win_fence(0, window);
  }
  sum += memory[0] + memory[8] + got[3];
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Win_lock_all(0, window);
  for (int round = 0; round < 10; ++round) {
    MPI_Fetch_and_op(&mine[1], &before, MPI_INT, 0, 12, MPI_SUM, window);
    MPI_Win_flush(0, window);
  }
  MPI_Compare_and_swap(&mine[2], &zero, &before, MPI_INT, right, 13, window);
  MPI_Get_accumulate(NULL, 0, MPI_INT, got, 2, MPI_INT, right, 14, 2, MPI_INT, MPI_NO_OP, window);
  MPI_Rput(mine, 1, MPI_INT, right, 11, 1, MPI_INT, window, &request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  MPI_Win_unlock_all(window);
  MPI_Barrier(MPI_COMM_WORLD);
  sum += rank == 0 ? memory[12] : 0;
  MPI_Reduce(&sum, &total, 1, MPI_LONG, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0) printf("rma checksum %ld\n", total);
  MPI_Win_free(&window);
  MPI_Finalize();
  return 0;
}
