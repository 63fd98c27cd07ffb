/* Stays in MPI until its standard input ends: a process that is there for as long as a
 * test wants, without using a CPU. Started without a launcher, many at once. */
#include <mpi.h>
#include <stdio.h>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  while (getchar() != EOF) {
  }
  MPI_Finalize();
  return 0;
}
