/* MPI_THREAD_MULTIPLE: 8 threads a rank, each on its own communicator.
 *
 * On 4 ranks, summed (calls / bytes): MPI_Sendrecv 1600 / 12800 (1 int each way),
 * MPI_Allreduce 320 / 2560 (1 double), MPI_Comm_dup 32, MPI_Comm_free 32,
 * MPI_Init_thread 4, MPI_Comm_rank 4, MPI_Comm_size 4, MPI_Reduce 4 / 32. */
#include <mpi.h>
#include <pthread.h>
#include <stdio.h>

enum { kThreads = 8, kSendrecvs = 50, kAllreduces = 10 };

struct work {
  MPI_Comm comm;
  int left, right;
  double sum;
};

static void* run(void* argument) {
  struct work* work = argument;
  for (int i = 0; i < kSendrecvs; ++i) {
    int in = 0;
    MPI_Sendrecv(&i, 1, MPI_INT, work->right, 5, &in, 1, MPI_INT, work->left, 5, work->comm,
                 MPI_STATUS_IGNORE);
    work->sum += in;
  }
  for (int i = 0; i < kAllreduces; ++i) {
    double mine = 1, all = 0;
    MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, work->comm);
    work->sum += all;
  }
  return NULL;
}

int main(int argc, char** argv) {
  int provided, rank, size;
  pthread_t threads[kThreads];
  struct work work[kThreads];
  double sum = 0, total = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
  if (provided < MPI_THREAD_MULTIPLE) {
    fprintf(stderr, "threads: this MPI gives no MPI_THREAD_MULTIPLE\n");
    MPI_Finalize();
    return 2;
  }
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  for (int i = 0; i < kThreads; ++i) {
    work[i] = (struct work){MPI_COMM_NULL, (rank + size - 1) % size, (rank + 1) % size, 0};
    MPI_Comm_dup(MPI_COMM_WORLD, &work[i].comm);
  }
  for (int i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, run, &work[i]);
  for (int i = 0; i < kThreads; ++i) {
    pthread_join(threads[i], NULL);
    sum += work[i].sum;
    MPI_Comm_free(&work[i].comm);
  }
  MPI_Reduce(&sum, &total, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0) printf("threads checksum %.0f\n", total);
  MPI_Finalize();
  return 0;
}
