/* MPI and OpenMP: regions whose threads have known unequal work, explicit barriers, a critical
 * section, tasks. Compiled with GCC (libgomp: no OMPT) and with Clang (libomp: OMPT).
 *
 * Each rank: 4 threads, kSteps times a region in the phase "solve"; in each, thread t works
 * t + 1 units. On 2 ranks: MPI_Allreduce 2 * kSteps. */
#include <mpi.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "joulepath/joulepath.h"

enum { kThreads = 4, kSteps = 25 };

static double work(long units) {
  volatile double sum = 0;
  for (long i = 0; i < units * 400000; ++i) sum += 1.0 / (double)(i % 7 + 1);
  return sum;
}

int main(int argc, char** argv) {
  int provided, rank;
  double total = 0;
  long in_critical = 0, tasks = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  joulepath_phase_begin("solve");
  for (int step = 0; step < kSteps; ++step) {
    double sum = 0;
#pragma omp parallel num_threads(kThreads) reduction(+ : sum)
    {
      sum += work(omp_get_thread_num() + 1);
#pragma omp barrier
#pragma omp critical
      ++in_critical;
    }
    double all = 0;
    MPI_Allreduce(&sum, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    total += all;
  }
  joulepath_phase_end();
#pragma omp parallel num_threads(kThreads)
#pragma omp single
  {
    for (int i = 0; i < 8; ++i) {
#pragma omp task
      {
        work(1);
#pragma omp atomic
        ++tasks;
      }
    }
#pragma omp taskwait
  }
  omp_lock_t lock;
  omp_init_lock(&lock);
  int free_at_first = omp_test_lock(&lock), taken = !omp_test_lock(&lock);
  work(60); /* after a test that failed: no wait */
  omp_unset_lock(&lock);
  omp_set_lock(&lock);
  omp_unset_lock(&lock);
  omp_destroy_lock(&lock);
  if (rank == 0)
    printf("hybrid %.3f, %ld, %ld, %d%d\n", total, in_critical, tasks, free_at_first, taken);
  MPI_Finalize();
  return 0;
}
