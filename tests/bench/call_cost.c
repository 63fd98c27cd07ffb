// Nanoseconds a call of cheap MPI functions takes: "NAME MINIMUM MEDIAN" a line, over many
// short batches, so that the minimum is free of interruptions. One rank measures calls to
// itself; two ranks measure what needs a partner. call_cost.py runs it bare and under
// preloaded libraries; alone it is only a program.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { kBatches = 400, kCallsInBatch = 2000, kAllreducesInBatch = 50 };

static int rank;
static MPI_Comm comm;

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void comm_rank(void) {
  int own;
  MPI_Comm_rank(comm, &own);
}
static void iprobe(void) {
  int flag;
  MPI_Iprobe(0, 7, comm, &flag, MPI_STATUS_IGNORE);
}
static void irecv_send_wait(void) {
  int in = 0, out = 1;
  MPI_Request request;
  MPI_Irecv(&in, 1, MPI_INT, 0, 1, comm, &request);
  MPI_Send(&out, 1, MPI_INT, 0, 1, comm);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
}
static void allreduce(void) {
  double in = 1, out;
  MPI_Allreduce(&in, &out, 1, MPI_DOUBLE, MPI_SUM, comm);
}

static int ascending(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static void measure(const char* name, void (*call)(void), int calls) {
  static double cost_ns[kBatches];
  for (int i = 0; i < calls; ++i) call();  // what is found or cached on first use
  for (int batch = 0; batch < kBatches; ++batch) {
    const double begin = now_ns();
    for (int i = 0; i < calls; ++i) call();
    cost_ns[batch] = (now_ns() - begin) / calls;
  }
  qsort(cost_ns, kBatches, sizeof cost_ns[0], ascending);
  if (rank == 0) printf("%s %.3f %.3f\n", name, cost_ns[0], cost_ns[kBatches / 2]);
}

int main(int argc, char** argv) {
  int size;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size == 1) {
    comm = MPI_COMM_SELF;
    measure("Comm_rank", comm_rank, kCallsInBatch);
    measure("Iprobe", iprobe, kCallsInBatch);
    measure("Irecv+Send+Wait", irecv_send_wait, kCallsInBatch);
    measure("Allreduce, self", allreduce, kCallsInBatch);
  } else {
    comm = MPI_COMM_WORLD;
    measure("Allreduce, 2 ranks", allreduce, kAllreducesInBatch);
  }
  MPI_Finalize();
  return 0;
}
