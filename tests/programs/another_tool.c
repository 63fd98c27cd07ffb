/* A classic PMPI tool of someone else: counts two functions and says so at the end, from
 * rank 0, on stderr. Preloaded before or after our shim it must see the same calls.
 * A shared library, not a program. */
#include <mpi.h>
#include <stdio.h>

static long sends, allreduces;

int MPI_Send(const void* buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm) {
  ++sends;
  return PMPI_Send(buf, count, datatype, dest, tag, comm);
}

int MPI_Allreduce(const void* sendbuf, void* recvbuf, int count, MPI_Datatype datatype, MPI_Op op,
                  MPI_Comm comm) {
  ++allreduces;
  return PMPI_Allreduce(sendbuf, recvbuf, count, datatype, op, comm);
}

int MPI_Finalize(void) {
  int rank;
  PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0) fprintf(stderr, "other tool: %ld sends, %ld allreduces\n", sends, allreduces);
  return PMPI_Finalize();
}
