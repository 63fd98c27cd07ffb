// Nanoseconds that beginning and ending a phase takes: "NAME MINIMUM MEDIAN" a line, over
// many short batches, so that the minimum is free of interruptions. phase_cost.py runs it
// bare and under preloaded libraries; alone it is only a program. No MPI.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "joulepath/joulepath.h"

enum { kBatches = 400, kPairsInBatch = 2000 };

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void pair(void) {
  joulepath_phase_begin("solve");
  joulepath_phase_end();
}
static void two_names_nested(void) {
  joulepath_phase_begin("time step");
  joulepath_phase_begin("exchange halo");
  joulepath_phase_end();
  joulepath_phase_end();
}
static void long_name(void) {
  joulepath_phase_begin("a name of fifty-nine characters: the longest that is kept..");
  joulepath_phase_end();
}

static int ascending(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static void measure(const char* name, void (*call)(void), int pairs) {
  static double cost_ns[kBatches];
  for (int i = 0; i < kPairsInBatch; ++i) call();  // what is found or cached on first use
  for (int batch = 0; batch < kBatches; ++batch) {
    const double begin = now_ns();
    for (int i = 0; i < kPairsInBatch; ++i) call();
    cost_ns[batch] = (now_ns() - begin) / kPairsInBatch / pairs;
  }
  qsort(cost_ns, kBatches, sizeof cost_ns[0], ascending);
  printf("%s %.3f %.3f\n", name, cost_ns[0], cost_ns[kBatches / 2]);
}

int main(void) {
  measure("begin + end", pair, 1);
  measure("nested", two_names_nested, 2);
  measure("name of 59 bytes", long_name, 1);
  return 0;
}
