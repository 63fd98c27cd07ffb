/* What the ranks of hybrid.c really do, for the chips (chips.c) that draw power by it and for
 * truth.py, which computes from it where every joule went. One file of sizeof(struct board)
 * zero bytes, mapped by all; int64_t throughout, so that Python reads it as one array.
 *
 * Times are ns of CLOCK_MONOTONIC, powers W, energies nJ (= W * ns, so all sums are exact).
 * Each word has one writer.
 *
 * What a rank draws on its socket: kStaticWatts always; of each thread the nJ it has booked,
 * by phase; and kMpiWatts while its first thread is inside MPI, which is booked at the end of
 * the call. On its GPU: kGpuIdleWatts always, and what kernels take from begin to end.
 */
#ifndef JOULEPATH_TESTS_SHOWCASE_BOARD_H
#define JOULEPATH_TESTS_SHOWCASE_BOARD_H

#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* truth.py has the same numbers. */
enum { kRanks = 2, kThreads = 4, kPhases = 4, kMostStays = 16384, kMostKernels = 8192 };
enum { kStaticWatts = 40, kMpiWatts = 30, kGpuIdleWatts = 35 };

/* A thread's phase from some moment in [before_ns, after_ns] on, when it told the recorder. */
struct stay {
  int64_t phase; /* -1: outside */
  int64_t before_ns;
  int64_t after_ns;
};

struct thread_books {
  _Atomic int64_t nj[kPhases]; /* dynamic energy so far */
  int64_t tid;
  int64_t stays_count;
  struct stay stays[kMostStays];
};

struct kernel {
  int64_t begin_ns;
  int64_t end_ns;
  int64_t watts; /* beyond kGpuIdleWatts */
};

struct rank_books {
  int64_t init_ns;    /* MPI_Init is called */
  int64_t region_ns;  /* threads begin to be made */
  int64_t workers_ns; /* all are there */
  int64_t finalize_ns;
  int64_t exit_ns;
  int64_t pid;
  int64_t gone_ns;              /* the process is seen to be gone, by chips.c */
  _Atomic int64_t in_mpi_since; /* 0: is not */
  _Atomic int64_t kernels_count;
  struct kernel kernels[kMostKernels];
  struct thread_books threads[kThreads];
};

struct board {
  struct rank_books ranks[kRanks];
};

/* Rank 0 uses the second GPU, rank 1 the first. */
static inline int gpu_of_rank(int rank) {
  return kRanks - 1 - rank;
}

static inline int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline void sleep_until(int64_t at_ns) {
  const struct timespec at = {at_ns / 1000000000, at_ns % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0 && now_ns() < at_ns) {
  }
}

static inline struct board* map_board(const char* path) {
  const int fd = open(path, O_RDWR);
  if (fd < 0) return NULL;
  void* mapped =
      mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  close(fd);
  return mapped == MAP_FAILED ? NULL : mapped;
}

#endif
