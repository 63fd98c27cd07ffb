/* MPI_Comm_spawn of two children, each of which sends its rank; or, as "spawn exec", another
 * program executed in the place of the rank, which ends with 5. On 1 rank. */
#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  MPI_Comm parent, children;
  int rank, sum = 0;
  MPI_Init(&argc, &argv);
  MPI_Comm_get_parent(&parent);
  MPI_Barrier(MPI_COMM_WORLD); /* of two worlds */
  if (parent != MPI_COMM_NULL) {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    rank += 10;
    MPI_Send(&rank, 1, MPI_INT, 0, 3, parent);
    MPI_Comm_disconnect(&parent);
    MPI_Finalize();
    return 0;
  }
  if (argc > 1 && strcmp(argv[1], "exec") == 0) {
    MPI_Finalize();
    execl("/bin/sh", "sh", "-c", "echo executed; exit 5", (char*)NULL);
    return 1;
  }
  MPI_Comm_spawn(argv[0], MPI_ARGV_NULL, 2, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &children,
                 MPI_ERRCODES_IGNORE);
  for (int i = 0; i < 2; ++i) {
    int got = 0;
    MPI_Recv(&got, 1, MPI_INT, i, 3, children, MPI_STATUS_IGNORE);
    sum += got;
  }
  MPI_Comm_disconnect(&children);
  MPI_Finalize();
  printf("spawned %d\n", sum);
  return 0;
}
