/* Wrong arguments under MPI_ERRORS_RETURN: the error classes must be those of a bare run,
 * and nobody may look into the bad handle before the MPI has refused it.
 *
 * On 4 ranks, summed (calls / bytes; nothing moves): MPI_Send 16 / 0, MPI_Bcast 8 / 0,
 * MPI_Error_class 24, MPI_Comm_set_errhandler 4. */
#include <mpi.h>
#include <stdio.h>

static int class_of(int error) {
  int error_class = -1;
  MPI_Error_class(error, &error_class);
  return error_class;
}

int main(int argc, char** argv) {
  int rank, size, value = 1, classes[6];
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  classes[0] = class_of(MPI_Send(&value, 1, MPI_DATATYPE_NULL, 0, 0, MPI_COMM_WORLD));
  classes[1] = class_of(MPI_Send(&value, -1, MPI_INT, 0, 0, MPI_COMM_WORLD));
  classes[2] = class_of(MPI_Send(&value, 1, MPI_INT, size, 0, MPI_COMM_WORLD));
  classes[3] = class_of(MPI_Send(&value, 1, MPI_INT, 0, -5, MPI_COMM_WORLD));
  classes[4] = class_of(MPI_Bcast(&value, 1, MPI_DATATYPE_NULL, 0, MPI_COMM_WORLD));
  classes[5] = class_of(MPI_Bcast(&value, 1, MPI_INT, size, MPI_COMM_WORLD));
  if (rank == 0)
    printf("badarg type %d count %d rank %d tag %d type %d root %d, expected %d %d %d %d %d %d\n",
           classes[0], classes[1], classes[2], classes[3], classes[4], classes[5], MPI_ERR_TYPE,
           MPI_ERR_COUNT, MPI_ERR_RANK, MPI_ERR_TAG, MPI_ERR_TYPE, MPI_ERR_ROOT);
  MPI_Finalize();
  return 0;
}
