// Eight threads that begin the same phases at once, and one of each its own.
#include <mpi.h>
#include <pthread.h>
#include <stdio.h>

#include "joulepath/joulepath.h"

enum { kThreads = 8, kSteps = 200 };

static void* work(void* argument) {
  char own[16];
  snprintf(own, sizeof own, "thread %d", *(const int*)argument);
  for (int step = 0; step < kSteps; ++step) {
    char name[16];
    snprintf(name, sizeof name, "step %d", step % 10);
    joulepath_phase_begin("shared");
    joulepath_phase_begin(name);
    joulepath_phase_begin(own);
    joulepath_phase_end();
    joulepath_phase_end();
    joulepath_phase_end();
  }
  joulepath_phase_begin("left open");
  return NULL;
}

int main(int argc, char** argv) {
  int provided, rank, numbers[kThreads];
  pthread_t threads[kThreads];
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (int i = 0; i < kThreads; ++i) {
    numbers[i] = i;
    pthread_create(&threads[i], NULL, &work, &numbers[i]);
  }
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  if (rank == 0) printf("%d threads\n", kThreads);
  MPI_Finalize();
  return 0;
}
