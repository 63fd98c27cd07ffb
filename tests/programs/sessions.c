/* MPI-4 sessions only: MPI_Init is never called.
 *
 * On 4 ranks, summed (calls / bytes): MPI_Session_init 4, MPI_Group_from_session_pset 4,
 * MPI_Comm_create_from_group 4, MPI_Comm_rank 4, MPI_Comm_size 4, MPI_Allreduce 40 / 320
 * (1 long), MPI_Sendrecv 40 / 320 (1 int each way), MPI_Barrier 4, MPI_Group_free 4,
 * MPI_Comm_free 4, MPI_Session_finalize 4. */
#include <mpi.h>
#include <stdio.h>

int main(void) {
  MPI_Session session;
  MPI_Group group;
  MPI_Comm comm;
  int rank, size, in = 0;
  long sum = 0, all = 0;
  MPI_Session_init(MPI_INFO_NULL, MPI_ERRORS_ARE_FATAL, &session);
  MPI_Group_from_session_pset(session, "mpi://WORLD", &group);
  MPI_Comm_create_from_group(group, "joulepath.test", MPI_INFO_NULL, MPI_ERRORS_ARE_FATAL, &comm);
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  for (int i = 0; i < 10; ++i) {
    MPI_Sendrecv(&i, 1, MPI_INT, (rank + 1) % size, 1, &in, 1, MPI_INT, (rank + size - 1) % size, 1,
                 comm, MPI_STATUS_IGNORE);
    sum += in + rank;
    MPI_Allreduce(&sum, &all, 1, MPI_LONG, MPI_SUM, comm);
  }
  MPI_Barrier(comm);
  if (rank == 0) printf("sessions checksum %ld\n", all);
  MPI_Group_free(&group);
  MPI_Comm_free(&comm);
  MPI_Session_finalize(&session);
  return 0;
}
