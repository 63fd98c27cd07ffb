/* Nanoseconds of what an OpenMP runtime reports, the least of many rounds on one thread: a free
 * lock, a region of one thread, a barrier in it. Run it bare and under `joulepath run`: the
 * difference is what we add. Build with a compiler whose runtime has OMPT (clang -fopenmp). */
#include <omp.h>
#include <stdio.h>
#include <time.h>

#include "joulepath/joulepath.h"

enum { kRounds = 400, kTimes = 1000 };

static double now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void note(double* least, double begin) {
  double took = (now_ns() - begin) / kTimes;
  if (took < *least) *least = took;
}

int main(void) {
  omp_lock_t lock;
  double locks = 1e9, regions = 1e9, barriers = 1e9;
  omp_init_lock(&lock);
  joulepath_phase_begin("bench"); /* the recording begins */
  for (int round = 0; round < kRounds; ++round) {
    double begin = now_ns();
    for (int i = 0; i < kTimes; ++i) {
      omp_set_lock(&lock);
      omp_unset_lock(&lock);
    }
    note(&locks, begin);
    begin = now_ns();
    for (int i = 0; i < kTimes; ++i) {
#pragma omp parallel num_threads(1)
      __asm__ volatile("");
    }
    note(&regions, begin);
#pragma omp parallel num_threads(1)
    {
      begin = now_ns();
      for (int i = 0; i < kTimes; ++i) {
#pragma omp barrier
      }
      note(&barriers, begin);
    }
  }
  printf("lock and unlock %.1f, region %.1f, barrier %.1f ns\n", locks, regions, barriers);
  return 0;
}
