/* As errthrow.cpp with longjmp in place of an exception: no destructor runs on the way.
 *
 * On 4 ranks, summed (calls / bytes): MPI_Send 12 / 0 (all fail: no such rank),
 * MPI_Allreduce 12 / 48 (1 int), MPI_Comm_dup 4, MPI_Comm_create_errhandler 4,
 * MPI_Comm_set_errhandler 4, MPI_Errhandler_free 4, MPI_Comm_free 4. */
#include <mpi.h>
#include <setjmp.h>
#include <stdio.h>

static jmp_buf back;

static void jump(MPI_Comm* comm, int* error, ...) {
  (void)comm;
  (void)error;
  longjmp(back, 1);
}

int main(int argc, char** argv) {
  int rank, size;
  static int caught, sum, round;
  MPI_Comm comm;
  MPI_Errhandler handler;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm_dup(MPI_COMM_WORLD, &comm);
  MPI_Comm_create_errhandler(jump, &handler);
  MPI_Comm_set_errhandler(comm, handler);
  for (round = 0; round < 3; ++round) {
    int all = 0;
    if (setjmp(back) == 0)
      MPI_Send(&rank, 1, MPI_INT, size + 10, 0, comm);
    else
      ++caught;
    MPI_Allreduce(&caught, &all, 1, MPI_INT, MPI_SUM, comm);
    sum += all;
  }
  if (rank == 0) printf("errjmp caught %d, sum %d\n", caught, sum);
  MPI_Errhandler_free(&handler);
  MPI_Comm_free(&comm);
  MPI_Finalize();
  return caught == 3 ? 0 : 1;
}
