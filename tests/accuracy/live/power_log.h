/* What a simulated socket draws, and since when: written by square_wave.c, which runs the
 * phases, read by simulated_socket.c, which counts the energy, and afterwards by live_test.py,
 * which computes the truth. A file of sizeof(struct power_log) zero bytes, mapped by both.
 *
 * The order in which a change is written makes the counter exact: a change whose time is
 * before the counter's moment is either there or announced by `changing`.
 */
#ifndef JOULEPATH_TESTS_POWER_LOG_H
#define JOULEPATH_TESTS_POWER_LOG_H

#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { kMostChanges = 1 << 19 };

struct power_change {
  int64_t at_ns;     /* CLOCK_MONOTONIC: from then on `watts` are drawn */
  int64_t booked_ns; /* by then the region API had been told of it too */
  int32_t watts;
  int32_t phase; /* index in the program's table; -1: outside */
};

struct power_log {
  _Atomic int64_t changing; /* 1: a change is being written */
  _Atomic int64_t count;
  struct power_change changes[kMostChanges];
};

static inline int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline struct power_log* map_power_log(const char* path) {
  const int fd = open(path, O_RDWR);
  if (fd < 0) return NULL;
  void* mapped = mmap(NULL, sizeof(struct power_log), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_POPULATE, fd, 0);
  close(fd);
  return mapped == MAP_FAILED ? NULL : mapped;
}

#endif
