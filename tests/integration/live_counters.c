/* Energy counters that are updated like RAPL's: each file every PERIOD_US with some jitter,
 * now and then an update is left out. What was written when is kept in memory and logged at
 * the end: the truth for a test of edges.
 *
 * live_counters LOG SECONDS PERIOD_US JITTER_US FILE...
 *
 * A line of LOG is "FILE-INDEX BEFORE AFTER RAW": RAW was written to the file at some moment
 * between the two times (CLOCK_MONOTONIC, ns). The values have a fixed width and are written
 * in place, as in moving_powercap.py. Writes nothing that a reader could take for a change
 * of its own: each update is one pwrite.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { kMostFiles = 8, kWidth = 20 };

struct update {
  int file;
  int64_t before_ns, after_ns;
  uint64_t raw;
};

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_until(int64_t at_ns) {
  struct timespec at = {at_ns / 1000000000, at_ns % 1000000000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

int main(int argc, char** argv) {
  if (argc < 6 || argc - 5 > kMostFiles) {
    fprintf(stderr, "usage: live_counters LOG SECONDS PERIOD_US JITTER_US FILE...\n");
    return 2;
  }
  const int64_t seconds = atoll(argv[2]), period_ns = atoll(argv[3]) * 1000;
  const int64_t jitter_ns = atoll(argv[4]) * 1000;
  const int files = argc - 5;
  const int64_t turns = seconds * 1000000000 / period_ns;
  struct update* log = calloc((size_t)(turns * files), sizeof *log);
  int fds[kMostFiles];
  uint64_t raw[kMostFiles];
  for (int file = 0; file < files; ++file) {
    fds[file] = open(argv[5 + file], O_WRONLY | O_CREAT, 0644);
    raw[file] = 1000000000;
    if (fds[file] < 0 || log == NULL) {
      perror(argv[5 + file]);
      return 1;
    }
  }
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  srandom(7);
  size_t count = 0;
  const int64_t start_ns = now_ns();
  for (int64_t turn = 1; turn <= turns; ++turn) {
    const int64_t jitter = jitter_ns == 0 ? 0 : random() % (2 * jitter_ns) - jitter_ns;
    sleep_until(start_ns + turn * period_ns + jitter);
    if (random() % 500 == 0) continue;
    for (int file = 0; file < files; ++file) {
      char text[kWidth + 2];
      raw[file] += 40000 + (uint64_t)(random() % 20000);
      snprintf(text, sizeof text, "%-*" PRIu64 "\n", kWidth, raw[file]);
      struct update* update = &log[count++];
      *update = (struct update){file, now_ns(), 0, raw[file]};
      if (pwrite(fds[file], text, kWidth + 1, 0) != kWidth + 1) return 1;
      update->after_ns = now_ns();
    }
  }
  FILE* out = fopen(argv[1], "w");
  if (out == NULL) return 1;
  for (size_t at = 0; at < count; ++at)
    fprintf(out, "%d %" PRId64 " %" PRId64 " %" PRIu64 "\n", log[at].file, log[at].before_ns,
            log[at].after_ns, log[at].raw);
  return fclose(out) == 0 ? 0 : 1;
}
