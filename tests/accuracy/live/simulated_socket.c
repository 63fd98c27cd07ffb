/* An energy counter like RAPL's for the power that square_wave.c logs.
 *
 * simulated_socket POWER-LOG FILE START-UJ MODULUS-UJ UPDATES: each millisecond, with 20 us of
 * jitter, FILE (energy_uj of a powercap zone) gets the energy up to that moment:
 *
 *   (START-UJ + floor(integral of the power since the first update)) mod MODULUS-UJ
 *
 * 60 W before the first change. The integral is in whole nanojoules, so it is exact. Ends on
 * SIGTERM and then writes UPDATES, lines "AT AFTER RAW": RAW is the energy up to AT
 * (CLOCK_MONOTONIC, ns) and was in the file at AFTER.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "power_log.h"

enum { kWidth = 20, kMostUpdates = 120000, kPeriodNs = 1000000, kJitterNs = 20000 };

static volatile sig_atomic_t ended;

static void end(int number) {
  (void)number;
  ended = 1;
}

struct integral {
  int64_t used; /* changes of the log that are in it */
  int64_t until_ns;
  int64_t watts;
  int64_t nj;
};

static void advance(struct integral* energy, int64_t to_ns, int64_t watts_from_then) {
  energy->nj += energy->watts * (to_ns - energy->until_ns);
  energy->until_ns = to_ns;
  energy->watts = watts_from_then;
}

/* A moment of which every change before it is known: one being written may be before it. */
static int64_t settled_moment(struct power_log* log, int64_t* count) {
  for (;;) {
    const int64_t at_ns = now_ns();
    if (atomic_load(&log->changing) == 0) {
      *count = atomic_load(&log->count);
      return at_ns;
    }
    sched_yield();
  }
}

int main(int argc, char** argv) {
  static struct {
    int64_t at_ns, after_ns;
    uint64_t raw;
  } updates[kMostUpdates];
  struct power_log* log = argc == 6 ? map_power_log(argv[1]) : NULL;
  const int fd = argc == 6 ? open(argv[2], O_WRONLY) : -1;
  if (log == NULL || fd < 0) {
    fprintf(stderr, "usage: simulated_socket POWER-LOG FILE START-UJ MODULUS-UJ UPDATES\n");
    return 2;
  }
  const uint64_t start_uj = strtoull(argv[3], NULL, 10), modulus_uj = strtoull(argv[4], NULL, 10);
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  signal(SIGTERM, end);
  srandom(7);
  int count = 0;
  const int64_t start_ns = now_ns();
  struct integral energy = {0, start_ns, 60, 0};
  while (!ended && count < kMostUpdates) {
    const int64_t turn = (now_ns() - start_ns) / kPeriodNs + 1;
    const int64_t at_ns = start_ns + turn * kPeriodNs + random() % (2 * kJitterNs) + kJitterNs;
    const struct timespec at = {at_ns / 1000000000, at_ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);

    int64_t known;
    const int64_t moment_ns = settled_moment(log, &known);
    for (; energy.used < known; ++energy.used) {
      const struct power_change* change = &log->changes[energy.used];
      if (change->at_ns > moment_ns) break;
      advance(&energy, change->at_ns, change->watts);
    }
    advance(&energy, moment_ns, energy.watts);
    const uint64_t raw = (start_uj + (uint64_t)energy.nj / 1000) % modulus_uj;
    char text[kWidth + 2];
    snprintf(text, sizeof text, "%-*" PRIu64 "\n", kWidth, raw);
    if (pwrite(fd, text, kWidth + 1, 0) != kWidth + 1) return 1;
    updates[count].at_ns = moment_ns;
    updates[count].raw = raw;
    updates[count++].after_ns = now_ns();
  }
  FILE* out = fopen(argv[5], "w");
  if (out == NULL) return 1;
  fprintf(out, "%" PRId64 "\n", start_ns);
  for (int at = 0; at < count; ++at)
    fprintf(out, "%" PRId64 " %" PRId64 " %" PRIu64 "\n", updates[at].at_ns, updates[at].after_ns,
            updates[at].raw);
  return fclose(out) == 0 ? 0 : 1;
}
