/* Two sockets and two GPUs whose energy counters count what hybrid.c books on the board.
 *
 *   chips BOARD PACKAGE-0 PACKAGE-1 MODULUS-UJ CARDS UPDATES
 *
 * Each millisecond, with 20 us of jitter, the files PACKAGE-n (energy_uj of a powercap zone)
 * get the energy of rank n's socket, in uJ, modulo MODULUS-UJ; package-0 wraps 100 J after the
 * start. Every 20 ms the file CARDS (of the fake libnvidia-ml.so.1, replaced whole) gets that
 * of the GPUs, in mJ. Prints "ready" with the first of them, ends on SIGTERM and then writes
 * UPDATES, lines "CHIP AT AFTER RAW NJ": the chip (package-0, package-1, GPU 0, GPU 1) had used
 * NJ up to the moment AT, counted from the start, and showed RAW by AFTER.
 *
 * Nothing is counted before it was used, and what a thread has used since it last booked comes
 * with a later update. So a counter is never ahead, is behind by what a thread does between two
 * bookings, and is exact where nothing runs.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "board.h"

enum { kWidth = 20, kChips = 2 * kRanks, kMostUpdates = 1 << 19 };
enum { kPeriodNs = 1000000, kJitterNs = 20000, kGpuPeriods = 20 };
static const char* const kCards[kRanks] = {"uuid=GPU-a bus=0x0a", "uuid=GPU-b bus=0xc1"};

struct update {
  int64_t chip, at_ns, after_ns, nj;
  uint64_t raw;
};

static struct update updates[kMostUpdates];
static int count;
static volatile sig_atomic_t ended;

static void end(int number) {
  (void)number;
  ended = 1;
}

/* The thread books the end of an MPI call after it has taken back that it is in one. So who
 * reads the books first and that then may miss a call that just ended, but never has it twice. */
static int64_t socket_nj(struct rank_books* rank, int64_t lasted_ns, int64_t moment_ns) {
  int64_t nj = kStaticWatts * lasted_ns;
  for (int thread = 0; thread < kThreads; ++thread)
    for (int phase = 0; phase < kPhases; ++phase)
      nj += atomic_load(&rank->threads[thread].nj[phase]);
  const int64_t since_ns = atomic_load(&rank->in_mpi_since);
  return nj + (since_ns > 0 && since_ns < moment_ns ? kMpiWatts * (moment_ns - since_ns) : 0);
}

static int64_t gpu_nj(struct rank_books* rank, int64_t lasted_ns, int64_t moment_ns) {
  int64_t nj = kGpuIdleWatts * lasted_ns;
  const int64_t kernels = atomic_load(&rank->kernels_count);
  for (int64_t at = 0; at < kernels; ++at) {
    const struct kernel* kernel = &rank->kernels[at];
    const int64_t end_ns = kernel->end_ns < moment_ns ? kernel->end_ns : moment_ns;
    if (end_ns > kernel->begin_ns) nj += kernel->watts * (end_ns - kernel->begin_ns);
  }
  return nj;
}

static void log_update(int64_t chip, int64_t at_ns, int64_t nj, uint64_t raw) {
  if (count < kMostUpdates) updates[count++] = (struct update){chip, at_ns, now_ns(), nj, raw};
}

static int write_counter(int fd, uint64_t raw) {
  char text[kWidth + 2];
  snprintf(text, sizeof text, "%-*" PRIu64 "\n", kWidth, raw);
  return pwrite(fd, text, kWidth + 1, 0) == kWidth + 1;
}

static int write_cards(const char* path, const uint64_t* raw_mj) {
  char fresh[4096];
  snprintf(fresh, sizeof fresh, "%s.new", path);
  FILE* file = fopen(fresh, "w");
  if (file == NULL) return 0;
  for (int gpu = 0; gpu < kRanks; ++gpu)
    fprintf(file, "%s mw=0 start_mj=%" PRIu64 "\n", kCards[gpu], raw_mj[gpu]);
  return fclose(file) == 0 && rename(fresh, path) == 0;
}

static int write_updates(const char* path) {
  FILE* out = fopen(path, "w");
  if (out == NULL) return 0;
  for (int at = 0; at < count; ++at)
    fprintf(out, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRIu64 " %" PRId64 "\n", updates[at].chip,
            updates[at].at_ns, updates[at].after_ns, updates[at].raw, updates[at].nj);
  return fclose(out) == 0 && count < kMostUpdates;
}

static void look_for_end(struct rank_books* rank, int64_t now) {
  if (rank->exit_ns != 0 && rank->gone_ns == 0 && kill((pid_t)rank->pid, 0) != 0)
    rank->gone_ns = now;
}

/* A chip's counter waits for no CPU: neither do these, where that is allowed. */
static void be_prompt(void) {
  const struct sched_param least = {1};
  sched_setscheduler(0, SCHED_FIFO, &least);
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

int main(int argc, char** argv) {
  struct board* board = argc == 7 ? map_board(argv[1]) : NULL;
  int fds[kRanks];
  for (int rank = 0; board != NULL && rank < kRanks; ++rank) {
    fds[rank] = open(argv[2 + rank], O_WRONLY);
    if (fds[rank] < 0) board = NULL;
  }
  if (board == NULL) {
    fprintf(stderr, "usage: chips BOARD PACKAGE-0 PACKAGE-1 MODULUS-UJ CARDS UPDATES\n");
    return 2;
  }
  const uint64_t modulus_uj = strtoull(argv[4], NULL, 10);
  const uint64_t start_uj[kRanks] = {modulus_uj - 100000000, 5000000000};
  const uint64_t start_mj[kRanks] = {7000000, 3000000};
  signal(SIGTERM, end);
  be_prompt();
  unsigned seed = 7;
  int64_t most_nj[kRanks] = {0, 0};
  const int64_t start_ns = now_ns();
  for (int64_t turn = 0; !ended; turn = (now_ns() - start_ns) / kPeriodNs + 1) {
    static int64_t last_gpu_turn = -kGpuPeriods;
    if (turn > 0) sleep_until(start_ns + turn * kPeriodNs + rand_r(&seed) % (2 * kJitterNs));
    for (int rank = 0; rank < kRanks; ++rank) {
      const int64_t at_ns = now_ns();
      const int64_t nj = socket_nj(&board->ranks[rank], at_ns - start_ns, at_ns);
      if (nj > most_nj[rank]) most_nj[rank] = nj;
      const uint64_t raw = (start_uj[rank] + (uint64_t)most_nj[rank] / 1000) % modulus_uj;
      if (!write_counter(fds[rank], raw)) return 1;
      log_update(rank, at_ns, most_nj[rank], raw);
      look_for_end(&board->ranks[rank], at_ns);
    }
    if (turn / kGpuPeriods == last_gpu_turn / kGpuPeriods && turn > 0) continue;
    last_gpu_turn = turn;
    const int64_t at_ns = now_ns();
    int64_t nj[kRanks];
    uint64_t raw[kRanks];
    for (int gpu = 0; gpu < kRanks; ++gpu) {
      nj[gpu] = gpu_nj(&board->ranks[gpu_of_rank(gpu)], at_ns - start_ns, at_ns);
      raw[gpu] = start_mj[gpu] + (uint64_t)nj[gpu] / 1000000;
    }
    if (!write_cards(argv[5], raw)) return 1;
    for (int gpu = 0; gpu < kRanks; ++gpu) log_update(kRanks + gpu, at_ns, nj[gpu], raw[gpu]);
    if (turn == 0) {
      puts("ready");
      fflush(stdout);
    }
  }
  return write_updates(argv[6]) ? 0 : 1;
}
