/* Threads that come and go: swarm short|many|worker
 *   short   3000 threads, 8 at a time, each works a moment and calls nobody
 *   many    300 threads at once, more than a rank has lanes, each calls MPI_Comm_rank 10 times
 *   worker  3 threads that never call MPI work 1, 2 and 3 units, the main thread waits
 * On 1 rank. */
#define _GNU_SOURCE /* pthread_setname_np */
#include <mpi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_barrier_t all_there;

static double work(long units) {
  volatile double sum = 0;
  for (long i = 0; i < units; ++i) sum += 1.0 / (double)(i % 7 + 1);
  return sum;
}

static void* short_lived(void* argument) {
  (void)argument;
  work(20000);
  return NULL;
}

static void* calls_mpi(void* argument) {
  int rank = -1;
  pthread_barrier_wait(&all_there);
  for (int i = 0; i < 10; ++i) MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  *(int*)argument += rank + 1;
  pthread_barrier_wait(&all_there);
  return NULL;
}

static void* long_lived(void* argument) {
  work(*(long*)argument * 400000000);
  return NULL;
}

static long run_short(void) {
  pthread_t threads[8];
  for (int round = 0; round < 375; ++round) {
    for (int i = 0; i < 8; ++i) pthread_create(&threads[i], NULL, short_lived, NULL);
    for (int i = 0; i < 8; ++i) pthread_join(threads[i], NULL);
  }
  return 3000;
}

static long run_many(void) {
  enum { kThreads = 300 };
  pthread_t threads[kThreads];
  int sums[kThreads] = {0};
  long sum = 0;
  pthread_barrier_init(&all_there, NULL, kThreads);
  for (int i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, calls_mpi, &sums[i]);
  for (int i = 0; i < kThreads; ++i) {
    pthread_join(threads[i], NULL);
    sum += sums[i];
  }
  return sum;
}

static long run_workers(void) {
  pthread_t threads[3];
  long units[3] = {1, 2, 3};
  for (int i = 0; i < 3; ++i) {
    char name[16];
    pthread_create(&threads[i], NULL, long_lived, &units[i]);
    snprintf(name, sizeof name, "worker-%ld", units[i]);
    pthread_setname_np(threads[i], name);
  }
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  return 3;
}

int main(int argc, char** argv) {
  int provided;
  long sum = -1;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
  if (argc > 1 && strcmp(argv[1], "short") == 0) sum = run_short();
  if (argc > 1 && strcmp(argv[1], "many") == 0) sum = run_many();
  if (argc > 1 && strcmp(argv[1], "worker") == 0) sum = run_workers();
  printf("swarm %ld\n", sum);
  MPI_Finalize();
  return 0;
}
