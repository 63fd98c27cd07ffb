/* Ranks that fork and run a shell in the middle of an MPI program; the children make no
 * MPI call and must leave no trace of their own.
 *
 * On 4 ranks, summed (calls / bytes): MPI_Allreduce 20 / 80 (1 int). */
#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int run_child(int rank) {
  int status = 0;
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const char text[] = "child of rank 0\n";
    if (rank == 0 && write(1, text, sizeof text - 1) < 0) _exit(99);
    _exit(5 + rank);
  }
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_shell(void) {
  char line[16] = "";
  FILE* pipe = popen("echo hi", "r");
  if (pipe == NULL || fgets(line, sizeof line, pipe) == NULL) return 0;
  return pclose(pipe) == 0 && strcmp(line, "hi\n") == 0;
}

int main(int argc, char** argv) {
  int rank, good = 0, all = 0;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (int i = 0; i < 5; ++i) {
    if (i == 2) good = (run_child(rank) == 5 + rank) + run_shell();
    MPI_Allreduce(&good, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  }
  if (rank == 0) printf("forker good %d\n", all);
  MPI_Finalize();
  return 0;
}
