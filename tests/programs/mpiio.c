/* MPI-IO: every rank writes its part of one file, reads another rank's part back, and
 * removes the file. Usage: mpiio [FILE]
 *
 * On 4 ranks, summed (calls / bytes): MPI_File_open 8, MPI_File_write_at_all 4 / 16384
 * (1024 ints), MPI_File_sync 4, MPI_File_close 8, MPI_File_read_at_all 4 / 16384,
 * MPI_File_iread_at 4 / 256 (16 ints), MPI_Wait 4, MPI_Barrier 4, MPI_File_delete 1. */
#include <mpi.h>
#include <stdio.h>

enum { kInts = 1024 };

int main(int argc, char** argv) {
  int rank, size, out[kInts], in[kInts], some[16], wrong = 0, all_wrong = 0;
  MPI_File file;
  MPI_Request request;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const char* path = argc > 1 ? argv[1] : "joulepath_mpiio.dat";
  const MPI_Offset part = kInts * (MPI_Offset)sizeof(int);
  const int other = (rank + 1) % size;

  for (int i = 0; i < kInts; ++i) out[i] = rank * kInts + i;
  if (MPI_File_open(MPI_COMM_WORLD, path, MPI_MODE_CREATE | MPI_MODE_WRONLY, MPI_INFO_NULL,
                    &file) != MPI_SUCCESS) {
    fprintf(stderr, "mpiio: cannot write %s\n", path);
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  MPI_File_write_at_all(file, rank * part, out, kInts, MPI_INT, MPI_STATUS_IGNORE);
  MPI_File_sync(file);
  MPI_File_close(&file);
  MPI_Barrier(MPI_COMM_WORLD);

  MPI_File_open(MPI_COMM_WORLD, path, MPI_MODE_RDONLY, MPI_INFO_NULL, &file);
  MPI_File_read_at_all(file, other * part, in, kInts, MPI_INT, MPI_STATUS_IGNORE);
  MPI_File_iread_at(file, rank * part, some, 16, MPI_INT, &request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  MPI_File_close(&file);
  for (int i = 0; i < kInts; ++i) wrong += in[i] != other * kInts + i;
  for (int i = 0; i < 16; ++i) wrong += some[i] != out[i];
  MPI_Reduce(&wrong, &all_wrong, 1, MPI_INT, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0) {
    printf("mpiio wrong values %d\n", all_wrong);
    MPI_File_delete(path, MPI_INFO_NULL);
  }
  MPI_Finalize();
  return all_wrong != 0;
}
