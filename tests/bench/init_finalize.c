// The shortest MPI program: initialises, finalises, and says on rank 0 how many
// milliseconds the two took, from before MPI_Init to after MPI_Finalize. With an argument
// it prints the memory of each rank instead: "RSS PSS" in KiB, after some calls.
#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static void print_memory(void) {
  char line[256];
  long rss = 0, pss = 0;
  FILE* file = fopen("/proc/self/smaps_rollup", "r");
  if (file == NULL) return;
  while (fgets(line, sizeof line, file) != NULL) {
    sscanf(line, "Rss: %ld kB", &rss);
    sscanf(line, "Pss: %ld kB", &pss);
  }
  fclose(file);
  printf("%ld %ld\n", rss, pss);
}

int main(int argc, char** argv) {
  int rank, size;
  double in = 1, out;
  const double begin = now_ms();
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const double initialised = now_ms();
  if (argc > 1) {
    for (int i = 0; i < 1000; ++i) {
      int flag;
      MPI_Iprobe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
      MPI_Allreduce(&in, &out, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
      MPI_Bcast(&out, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    print_memory();
    MPI_Barrier(MPI_COMM_WORLD);
  }
  MPI_Finalize();
  if (argc == 1 && rank == 0) printf("%.3f %.3f\n", initialised - begin, now_ms() - initialised);
  return 0;
}
