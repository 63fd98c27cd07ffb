// An error handler that throws: the exception leaves the MPI call, is caught, and the
// program goes on. Some C++ codes do so; whoever stands between must let it pass.
//
// On 4 ranks, summed (calls / bytes): MPI_Send 12 / 0 (all fail: no such rank),
// MPI_Allreduce 12 / 48 (1 int), MPI_Comm_dup 4, MPI_Comm_create_errhandler 4,
// MPI_Comm_set_errhandler 4, MPI_Errhandler_free 4, MPI_Comm_free 4.
#include <mpi.h>

#include <cstdio>
#include <stdexcept>

static void throw_error(MPI_Comm*, int*, ...) {
  throw std::runtime_error("from the handler");
}

int main(int argc, char** argv) {
  int rank = 0, size = 0, caught = 0, sum = 0;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm comm;
  MPI_Comm_dup(MPI_COMM_WORLD, &comm);
  MPI_Errhandler handler;
  MPI_Comm_create_errhandler(throw_error, &handler);
  MPI_Comm_set_errhandler(comm, handler);
  for (int i = 0; i < 3; ++i) {
    try {
      MPI_Send(&rank, 1, MPI_INT, size + 10, 0, comm);
    } catch (const std::runtime_error&) {
      ++caught;
    }
    int all = 0;
    MPI_Allreduce(&caught, &all, 1, MPI_INT, MPI_SUM, comm);
    sum += all;
  }
  if (rank == 0) std::printf("errthrow caught %d, sum %d\n", caught, sum);
  MPI_Errhandler_free(&handler);
  MPI_Comm_free(&comm);
  MPI_Finalize();
  return caught == 3 ? 0 : 1;
}
