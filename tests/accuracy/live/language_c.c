/* The rank written in C: see Languages in live_test.py. */
#include <joulepath/joulepath.h>
#include <mpi.h>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  for (int turn = 0; turn < 3; ++turn) {
    joulepath_phase_begin("shared");
    joulepath_phase_end();
  }
  for (int turn = 0; turn < 4; ++turn) {
    joulepath_phase_begin("c");
    for (int inner = 0; inner < 2; ++inner) {
      joulepath_phase_begin("inner");
      joulepath_phase_end();
    }
    joulepath_phase_end();
  }
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  return 0;
}
