/* A hybrid program whose use of power is known: two ranks of four OpenMP threads, on a socket
 * and with a GPU each. It books on the board (board.h) what each thread does.
 *
 *   hybrid BOARD SECONDS
 *
 * A step has four phases, which all threads of a rank enter together:
 *   stencil   threads compute, the first 4 times as long as the last; a kernel runs meanwhile
 *   pack      4 ms of CPU time, equal parts
 *   exchange  the first thread talks to the other rank; rank 1, whose kernel is shorter, waits
 *   offload   a kernel runs, the first thread asks whether it is over, the others sleep
 * Work is CPU time, so what is booked is the same on a busy machine. Lengths vary by 10 %, so
 * that nothing runs in step with a counter. Prints "hybrid STEPS steps".
 */
#define _GNU_SOURCE
#include <joulepath/joulepath.h>
#include <mpi.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include "board.h"

enum phase { kOutside = -1, kStencil, kPack, kExchange, kOffload };
static const char* const kNames[kPhases] = {"stencil", "pack", "exchange", "offload"};

enum {
  kStencilWatts = 120,
  kPackWatts = 60,
  kPollWatts = 25,
  kOverlapWatts = 110,
  kOffloadWatts = 260
};
static const double kStencilMs[kRanks] = {60, 80};
static const double kOffloadMs[kRanks] = {150, 100};
static const double kOfThread[kThreads] = {0.4, 0.3, 0.2, 0.1};
enum { kPackMs = 4, kOverlapMs = 50, kCells = 2048, kHalo = 8192 };

static struct rank_books* books;
static int rank;

static int64_t cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sweep(void) {
  static _Thread_local double field[kCells];
  for (int cell = 1; cell + 1 < kCells; ++cell)
    field[cell] = 0.5 * field[cell] + 0.25 * (field[cell - 1] + field[cell + 1]) + 1e-3;
}

/* What the thread used since `last_ns` of its CPU time; gives its CPU time now. */
static int64_t book(_Atomic int64_t* booked, int watts, int64_t last_ns) {
  const int64_t this_ns = cpu_ns();
  atomic_fetch_add(booked, watts * (this_ns - last_ns));
  return this_ns;
}

/* Sweeps over a field for so much CPU time, and books it every few microseconds. */
static void work(enum phase phase, int watts, double ms) {
  _Atomic int64_t* booked = &books->threads[omp_get_thread_num()].nj[phase];
  const int64_t begin_ns = cpu_ns();
  for (int64_t last_ns = begin_ns; last_ns - begin_ns < (int64_t)(ms * 1e6);) {
    sweep();
    last_ns = book(booked, watts, last_ns);
  }
}

/* Asks again and again whether the kernel is over, as GPU libraries do. */
static void await_kernel(enum phase phase, int64_t end_ns) {
  _Atomic int64_t* booked = &books->threads[0].nj[phase];
  for (int64_t last_ns = cpu_ns(); now_ns() < end_ns;) last_ns = book(booked, kPollWatts, last_ns);
}

/* Called by all threads: nobody works in a phase before all are in it. */
static void enter(enum phase phase) {
#pragma omp barrier
  struct thread_books* own = &books->threads[omp_get_thread_num()];
  const int64_t count = own->stays_count;
  if (count == kMostStays) abort();
  struct stay* stay = &own->stays[count];
  stay->phase = phase;
  stay->before_ns = now_ns();
  if (count > 0) joulepath_phase_end();
  if (phase != kOutside) joulepath_phase_begin(kNames[phase]);
  stay->after_ns = now_ns();
  own->stays_count = count + 1;
#pragma omp barrier
}

/* Returns when it will be over. */
static int64_t launch(int watts, double ms) {
  const int64_t count = atomic_load(&books->kernels_count);
  if (count == kMostKernels) abort();
  struct kernel* kernel = &books->kernels[count];
  kernel->watts = watts;
  kernel->begin_ns = now_ns();
  kernel->end_ns = kernel->begin_ns + (int64_t)(ms * 1e6);
  atomic_store(&books->kernels_count, count + 1);
  return kernel->end_ns;
}

static void begin_mpi(void) {
  atomic_store(&books->in_mpi_since, now_ns());
}

/* In this order no reader counts more than was booked in the end; see chips.c. */
static void end_mpi(enum phase phase) {
  const int64_t since_ns = atomic_exchange(&books->in_mpi_since, 0);
  atomic_fetch_add(&books->threads[0].nj[phase], kMpiWatts * (now_ns() - since_ns));
}

/* Whether rank 0 wants another step. */
static int exchange(int wanted) {
  static double out[kHalo], in[kHalo];
  begin_mpi();
  MPI_Sendrecv(out, kHalo, MPI_DOUBLE, 1 - rank, 0, in, kHalo, MPI_DOUBLE, 1 - rank, 0,
               MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  MPI_Bcast(&wanted, 1, MPI_INT, 0, MPI_COMM_WORLD);
  end_mpi(kExchange);
  return wanted;
}

static double varied(unsigned* seed) {
  return 0.9 + 0.2 * rand_r(seed) / RAND_MAX;
}

/* Of one thread; `more` is shared by all. */
static int run_steps(int64_t end_ns, int* more) {
  const int thread = omp_get_thread_num(), first = thread == 0;
  unsigned seed = (unsigned)rank; /* the same in all threads */
  int steps = 0;
  books->threads[thread].tid = gettid();
#pragma omp barrier
  if (first) books->workers_ns = now_ns();
  do {
    const double vary = varied(&seed), vary_kernel = varied(&seed);
    enter(kStencil);
    const int64_t overlap_end_ns = first ? launch(kOverlapWatts, kOverlapMs * vary_kernel) : 0;
    work(kStencil, kStencilWatts, kStencilMs[rank] * kOfThread[thread] * vary);
    if (first) await_kernel(kStencil, overlap_end_ns);
    enter(kPack);
    work(kPack, kPackWatts, vary * kPackMs / kThreads);
    enter(kExchange);
    if (first) *more = exchange(now_ns() < end_ns);
    enter(kOffload);
    if (first) await_kernel(kOffload, launch(kOffloadWatts, kOffloadMs[rank] * vary_kernel));
    ++steps;
  } while (*more);
  enter(kOutside);
  return steps;
}

int main(int argc, char** argv) {
  struct board* board = argc == 3 ? map_board(argv[1]) : NULL;
  if (board == NULL) {
    fprintf(stderr, "usage: hybrid BOARD SECONDS\n");
    return 2;
  }
  const int64_t init_ns = now_ns();
  int provided, ranks;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (ranks != kRanks || provided < MPI_THREAD_FUNNELED) MPI_Abort(MPI_COMM_WORLD, 2);
  books = &board->ranks[rank];
  books->init_ns = init_ns;
  books->pid = getpid();
  const int64_t end_ns = now_ns() + (int64_t)(atof(argv[2]) * 1e9);
  int more = 1, steps = 0;
  books->region_ns = now_ns();
#pragma omp parallel num_threads(kThreads)
  {
    if (omp_get_num_threads() != kThreads) abort();
    const int own = run_steps(end_ns, &more);
#pragma omp master
    steps = own;
  }
  if (rank == 0) printf("hybrid %d steps\n", steps);
  books->finalize_ns = now_ns();
  MPI_Finalize();
  books->exit_ns = now_ns();
  return 0;
}
