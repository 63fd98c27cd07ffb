/* minisolve: a small, real MPI solver for the demonstration and the tests.
 *
 * Solves -(u_xx + u_yy) = f on the unit square, u = 0 on its edge, with the 5-point
 * stencil and conjugate gradients. Rows of the grid are dealt to the ranks unevenly on
 * purpose, so that some ranks wait for others. It knows nothing of Joulepath.
 *
 *        rank 0   rows 0 .. r0-1        each rank keeps its rows and one ghost
 *        rank 1   rows r0 .. r1-1       row above and below, swapped with its
 *        ...                            neighbours before every stencil
 *
 * Phases: setup, solve, check, output. Ends with 1 if it did not converge.
 */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Relative residual at which the iteration stops. */
static const double kTolerance = 1e-9;

typedef struct {
  int n;           /* interior points along one side */
  int repeats;     /* how often the same system is solved */
  char path[4096]; /* solution file; empty: a temporary one, removed at the end */
} Options;

/* This rank's part of the grid. A vector has (rows + 2) * n values: ghost row, own
 * rows, ghost row. */
typedef struct {
  int n, rows, first_row;
  int above, below; /* neighbouring ranks, MPI_PROC_NULL at the edge */
  double h;         /* distance of two grid points; the domain has side 1 */
} Part;

static void* must(void* memory) {
  if (memory == NULL) {
    fprintf(stderr, "minisolve: out of memory\n");
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  return memory;
}

static double* new_vector(const Part* part) {
  return must(calloc(((size_t)part->rows + 2) * (size_t)part->n, sizeof(double)));
}

/* Every third rank gets half as many rows again as the others. */
static int weight(int rank) {
  return rank % 3 == 0 ? 3 : 2;
}

static Part make_part(int n, int rank, int size) {
  long before = 0, total = 0;
  for (int r = 0; r < size; ++r) {
    if (r < rank) before += weight(r);
    total += weight(r);
  }
  Part part = {.n = n, .h = 1.0 / (n + 1)};
  part.first_row = (int)(n * before / total);
  part.rows = (int)(n * (before + weight(rank)) / total) - part.first_row;
  part.above = rank > 0 ? rank - 1 : MPI_PROC_NULL;
  part.below = rank + 1 < size ? rank + 1 : MPI_PROC_NULL;
  return part;
}

/* One factor of the solution, t (1 - t) exp(a t), and its second derivative. The
 * solution u(x, y) = factor(x, 1) factor(y, 2) is no eigenvector of the stencil, so
 * conjugate gradients have work to do. */
static double factor(double t, double a) {
  return t * (1 - t) * exp(a * t);
}
static double factor_dd(double t, double a) {
  return (-2 + 2 * a * (1 - 2 * t) + a * a * t * (1 - t)) * exp(a * t);
}
static double exact(double x, double y) {
  return factor(x, 1) * factor(y, 2);
}
static double source(double x, double y) {
  return -(factor_dd(x, 1) * factor(y, 2) + factor(x, 1) * factor_dd(y, 2));
}

static double sum_all(double mine) {
  double all = 0;
  MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  return all;
}

static double dot(const Part* part, const double* a, const double* b) {
  const size_t begin = (size_t)part->n, end = begin * ((size_t)part->rows + 1);
  double sum = 0;
  for (size_t i = begin; i < end; ++i) sum += a[i] * b[i];
  return sum_all(sum);
}

static void swap_ghost_rows(const Part* part, double* v) {
  const size_t n = (size_t)part->n, rows = (size_t)part->rows;
  MPI_Request requests[4];
  MPI_Status statuses[4];
  MPI_Irecv(v, part->n, MPI_DOUBLE, part->above, 0, MPI_COMM_WORLD, &requests[0]);
  MPI_Irecv(v + (rows + 1) * n, part->n, MPI_DOUBLE, part->below, 1, MPI_COMM_WORLD, &requests[1]);
  MPI_Isend(v + n, part->n, MPI_DOUBLE, part->above, 1, MPI_COMM_WORLD, &requests[2]);
  MPI_Isend(v + rows * n, part->n, MPI_DOUBLE, part->below, 0, MPI_COMM_WORLD, &requests[3]);
  MPI_Waitall(4, requests, statuses);
}

/* out = A v: minus the Laplacian times h^2. */
static void apply(const Part* part, double* v, double* out) {
  swap_ghost_rows(part, v);
  const size_t n = (size_t)part->n;
  for (size_t row = 1; row <= (size_t)part->rows; ++row) {
    const double* centre = v + row * n;
    const double* above = centre - n;
    const double* below = centre + n;
    double* to = out + row * n;
    for (size_t i = 0; i < n; ++i) {
      const double left = i > 0 ? centre[i - 1] : 0;
      const double right = i + 1 < n ? centre[i + 1] : 0;
      to[i] = 4 * centre[i] - left - right - above[i] - below[i];
    }
  }
}

static double* setup(const Part* part) {
  double* b = new_vector(part);
  for (int row = 0; row < part->rows; ++row) {
    const double y = (part->first_row + row + 1) * part->h;
    double* to = b + (size_t)(row + 1) * (size_t)part->n;
    for (int i = 0; i < part->n; ++i) to[i] = part->h * part->h * source((i + 1) * part->h, y);
  }
  return b;
}

/* Conjugate gradients from u = 0. The number of iterations, or -1: not converged. */
static int solve(const Part* part, const double* b, double* u) {
  const size_t values = ((size_t)part->rows + 2) * (size_t)part->n;
  double* r = new_vector(part);
  double* p = new_vector(part);
  double* ap = new_vector(part);
  memset(u, 0, values * sizeof(double));
  memcpy(r, b, values * sizeof(double));
  memcpy(p, b, values * sizeof(double));

  double rr = dot(part, r, r);
  const double stop = kTolerance * kTolerance * rr;
  const int limit = 20 * part->n + 100;
  int iterations = 0;
  while (rr > stop && iterations < limit) {
    apply(part, p, ap);
    const double alpha = rr / dot(part, p, ap);
    for (size_t i = 0; i < values; ++i) u[i] += alpha * p[i];
    for (size_t i = 0; i < values; ++i) r[i] -= alpha * ap[i];
    const double next = dot(part, r, r);
    const double beta = next / rr;
    for (size_t i = 0; i < values; ++i) p[i] = r[i] + beta * p[i];
    rr = next;
    ++iterations;
  }
  free(r);
  free(p);
  free(ap);
  return rr <= stop ? iterations : -1;
}

/* The residual |b - A u| / |b|, worked out afresh, and the largest distance from the
 * exact solution, which shrinks with h^2. */
static void check(const Part* part, const double* b, double* u, double* residual, double* error) {
  double* au = new_vector(part);
  apply(part, u, au);
  double difference = 0, largest = 0;
  for (int row = 0; row < part->rows; ++row) {
    const double y = (part->first_row + row + 1) * part->h;
    for (int i = 0; i < part->n; ++i) {
      const size_t at = (size_t)(row + 1) * (size_t)part->n + (size_t)i;
      difference += (b[at] - au[at]) * (b[at] - au[at]);
      largest = fmax(largest, fabs(u[at] - exact((i + 1) * part->h, y)));
    }
  }
  *residual = sqrt(sum_all(difference) / dot(part, b, b));
  MPI_Allreduce(&largest, error, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  free(au);
}

/* Writes the solution, row by row of the grid, as doubles. 0, or 1 if it cannot. */
static int output(const Part* part, const double* u, const char* path, int rank) {
  MPI_File file;
  const int mode = MPI_MODE_CREATE | MPI_MODE_WRONLY;
  if (MPI_File_open(MPI_COMM_WORLD, path, mode, MPI_INFO_NULL, &file) != MPI_SUCCESS) {
    if (rank == 0) fprintf(stderr, "minisolve: cannot write %s\n", path);
    return 1;
  }
  const MPI_Offset at = (MPI_Offset)part->first_row * part->n * (MPI_Offset)sizeof(double);
  const int failed = MPI_File_write_at_all(file, at, u + part->n, part->rows * part->n, MPI_DOUBLE,
                                           MPI_STATUS_IGNORE) != MPI_SUCCESS;
  return MPI_File_close(&file) != MPI_SUCCESS || failed;
}

/* 0: run; 1: wrong options; 2: help was asked for. */
static int parse(int argc, char** argv, Options* options) {
  int option;
  opterr = 0;
  while ((option = getopt(argc, argv, "n:t:o:h")) != -1) {
    if (option == 'n') {
      options->n = atoi(optarg);
    } else if (option == 't') {
      options->repeats = atoi(optarg);
    } else if (option == 'o' && strlen(optarg) < sizeof options->path) {
      strcpy(options->path, optarg);
    } else {
      return option == 'h' ? 2 : 1;
    }
  }
  return optind < argc || options->n < 1 || options->n > 20000 || options->repeats < 1;
}

/* All ranks share one name, made by rank 0, which holds the empty file. */
static int name_temporary(char* path, size_t size, int rank) {
  int ok = 1;
  if (rank == 0) {
    const char* folder = getenv("TMPDIR");
    snprintf(path, size, "%s/minisolve-XXXXXX", folder != NULL && *folder ? folder : "/tmp");
    const int fd = mkstemp(path);
    ok = fd >= 0;
    if (ok) close(fd);
  }
  MPI_Bcast(&ok, 1, MPI_INT, 0, MPI_COMM_WORLD);
  MPI_Bcast(path, (int)size, MPI_CHAR, 0, MPI_COMM_WORLD);
  return ok;
}

/* The number of this run's failures, equal on every rank. */
static int run(Options* options, int rank, int size) {
  const Part part = make_part(options->n, rank, size);
  double* u = new_vector(&part);
  int iterations = 0;
  double residual = 0, error = 0;
  const double begin = MPI_Wtime();
  for (int repeat = 0; repeat < options->repeats && iterations >= 0; ++repeat) {
    double* b = setup(&part);
    iterations = solve(&part, b, u);
    check(&part, b, u, &residual, &error);
    free(b);
  }
  const double seconds = MPI_Wtime() - begin;

  const int temporary = options->path[0] == '\0';
  int failed = iterations < 0;
  if (temporary && !name_temporary(options->path, sizeof options->path, rank)) {
    if (rank == 0) fprintf(stderr, "minisolve: cannot make a temporary file\n");
    failed = 1;
  } else {
    int unwritten = output(&part, u, options->path, rank), any = 0;
    MPI_Allreduce(&unwritten, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    failed |= any;
    if (temporary && rank == 0) unlink(options->path);
  }
  if (rank == 0) {
    printf("minisolve: %d x %d grid, %d ranks, %d solves in %.2f s\n", options->n, options->n, size,
           options->repeats, seconds);
    if (iterations < 0) {
      printf("minisolve: NOT converged, residual %.2e\n", residual);
    } else {
      printf("minisolve: %d iterations, residual %.2e, largest error %.2e\n", iterations, residual,
             error);
    }
  }
  free(u);
  return failed;
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0, size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  Options options = {.n = 600, .repeats = 3, .path = ""};
  int parsed = parse(argc, argv, &options);
  if (parsed == 0 && options.n < 2 * size) parsed = 1; /* every rank must have a row */
  int failed = parsed == 1;
  if (parsed != 0) {
    if (rank == 0) {
      fprintf(parsed == 1 ? stderr : stdout,
              "usage: minisolve [-n POINTS] [-t REPEATS] [-o FILE]\n"
              "  -n  interior points along one side, twice the ranks to 20000 (600)\n"
              "  -t  how often the system is solved (3)\n"
              "  -o  keep the solution in FILE\n");
    }
  } else {
    failed = run(&options, rank, size);
  }
  MPI_Finalize();
  return failed ? 1 : 0;
}
