/* Phases whose page faults are known: pages REPEATS
 *   touch  PAGES new pages, each touched once
 *   spin   computes on what is there
 * Rank 0 prints the pages that each rank touched. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "joulepath/joulepath.h"

enum { PAGES = 400 };

static void touch(size_t page) {
  char* memory =
      mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(1);
  madvise(memory, PAGES * page, MADV_NOHUGEPAGE);
  for (size_t i = 0; i < PAGES; ++i) memory[i * page] = 1;
  munmap(memory, PAGES * page);
}

static void spin(double seconds) {
  volatile double work = 0;
  const double end = MPI_Wtime() + seconds;
  while (MPI_Wtime() < end)
    for (int i = 0; i < 1000; ++i) work += i;
}

int main(int argc, char** argv) {
  int rank;
  const long repeats = argc > 1 ? atol(argv[1]) : 1;
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  spin(0.5); /* until the recorder has looked */
  MPI_Barrier(MPI_COMM_WORLD);
  for (long i = 0; i < repeats; ++i) {
    joulepath_phase_begin("touch");
    touch(page);
    joulepath_phase_end();
    joulepath_phase_begin("spin");
    spin(0.002 + 0.004 * (double)(i * 7 % 10) / 10);
    joulepath_phase_end();
  }
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank == 0) printf("pages %ld\n", repeats * PAGES);
  MPI_Finalize();
  return 0;
}
