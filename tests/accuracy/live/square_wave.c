/* A rank that alternates between phases of known length and power, and logs what it does.
 *
 * square_wave POWER-LOG SECONDS: hot and cold phases of 100, 10, 1 and 0.1 ms in turn, about
 * SECONDS of each length in all. As in a program that iterates, each comes back in every round.
 * Hot and cold follow each other without a gap; the cold ones are 1.37 times as long, and lengths
 * vary by 5 %, so that nothing runs in step with a counter. Prints a line "INDEX TIMES NAME" for
 * each phase.
 */
#include <joulepath/joulepath.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#include "power_log.h"

enum { kHotWatts = 300, kColdWatts = 100, kOutsideWatts = 60, kLengths = 4, kRounds = 8 };

static const char* const kNames[2 * kLengths] = {"hot 100 ms", "cold 100 ms", "hot 10 ms",
                                                 "cold 10 ms", "hot 1 ms",    "cold 1 ms",
                                                 "hot 0.1 ms", "cold 0.1 ms"};
static struct power_log* power;

/* Changes the power, and then at once the phase; a negative one is the time outside. */
static int64_t enter(int phase, int inside) {
  const int64_t count = atomic_load(&power->count);
  struct power_change* change = &power->changes[count];
  atomic_store(&power->changing, 1);
  const int64_t at_ns = now_ns();
  change->at_ns = at_ns;
  change->watts = phase < 0 ? kOutsideWatts : phase % 2 == 0 ? kHotWatts : kColdWatts;
  change->phase = phase;
  atomic_store(&power->count, count + 1);
  atomic_store(&power->changing, 0);
  if (inside) joulepath_phase_end();
  if (phase >= 0) joulepath_phase_begin(kNames[phase]);
  change->booked_ns = now_ns();
  return at_ns;
}

static void busy_until(int64_t end_ns) {
  while (now_ns() < end_ns) {
  }
}

static void alternate(int length, int64_t mean_ns, int times) {
  for (int turn = 0; turn < times; ++turn) {
    for (int part = 0; part < 2; ++part) {
      const double vary = 0.95 + 0.1 * (double)random() / RAND_MAX;
      const int64_t start_ns = enter(2 * length + part, length > 0 || turn > 0 || part > 0);
      busy_until(start_ns + (int64_t)(vary * (part == 0 ? 1.0 : 1.37) * (double)mean_ns));
    }
  }
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  power = argc == 3 ? map_power_log(argv[1]) : NULL;
  if (power == NULL) {
    fprintf(stderr, "usage: square_wave POWER-LOG SECONDS\n");
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  const double seconds = atof(argv[2]);
  const int64_t means_ns[kLengths] = {100000000, 10000000, 1000000, 100000};
  int times[kLengths];
  for (int length = 0; length < kLengths; ++length) {
    const int turns = (int)(seconds * 1e9 / kRounds / (2.37 * (double)means_ns[length]));
    times[length] = turns > 0 ? turns : 1;
  }
  srandom(11);
  for (int round = 0; round < kRounds; ++round) {
    for (int length = 0; length < kLengths; ++length)
      alternate(length, means_ns[length], times[length]);
    busy_until(enter(-1, 1) + 20000000);
  }
  for (int phase = 0; phase < 2 * kLengths; ++phase)
    printf("%d %d %s\n", phase, kRounds * times[phase / 2], kNames[phase]);
  MPI_Finalize();
  return 0;
}
