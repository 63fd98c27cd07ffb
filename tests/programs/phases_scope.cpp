// Phases as C++ scopes, also left by an exception.
#include <mpi.h>

#include <cstdio>
#include <stdexcept>

#include "joulepath/joulepath.h"

static int step(int n) {
  joulepath::Phase phase{"step"};
  if (n % 3 == 0) throw std::runtime_error("every third");
  return n;
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0, sum = 0, caught = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  {
    joulepath::Phase loop{"loop"};
    for (int n = 0; n < 12; ++n) {
      try {
        sum += step(n);
      } catch (const std::runtime_error&) {
        ++caught;
      }
    }
    MPI_Barrier(MPI_COMM_WORLD);
  }
  if (rank == 0) std::printf("sum %d, caught %d\n", sum, caught);
  MPI_Finalize();
  return 0;
}
