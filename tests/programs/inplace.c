/* The corners of the byte rules: MPI_IN_PLACE, arguments that only the root may read (NULL
 * elsewhere), MPI_PROC_NULL peers, intercommunicators, neighbours, vectors of counts.
 * Needs exactly 4 ranks. Each function's comment says calls / bytes summed over them. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank;
static long checksum;

static void add(const void* data, size_t ints) {
  int value;
  for (size_t i = 0; i < ints; ++i) {
    memcpy(&value, (const char*)data + i * sizeof value, sizeof value);
    checksum += value * (long)(i + 1);
  }
}

/* MPI_Allgather 8 / 112, MPI_Allgatherv 4 / 40, MPI_Gather 4 / 60, MPI_Alltoall 8 / 256 */
static void in_place(void) {
  int ints[20] = {0}, gathered[20] = {0};
  const int counts[4] = {1, 2, 3, 4}, starts[4] = {0, 1, 3, 6};
  double mine[4] = {rank, rank + 1, rank + 2, rank + 3}, all[8];
  for (int i = 0; i < 3; ++i) ints[3 * rank + i] = rank + i;
  MPI_Allgather(MPI_IN_PLACE, -1, MPI_DATATYPE_NULL, ints, 3, MPI_INT, MPI_COMM_WORLD);
  add(ints, 12);
  MPI_Allgather(mine, 2, MPI_DOUBLE, all, 2, MPI_DOUBLE, MPI_COMM_WORLD);
  checksum += (long)all[7];
  for (int i = 0; i < counts[rank]; ++i) gathered[starts[rank] + i] = rank;
  MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, gathered, counts, starts, MPI_INT,
                 MPI_COMM_WORLD);
  add(gathered, 10);
  if (rank == 1)
    MPI_Gather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, gathered, 5, MPI_INT, 1, MPI_COMM_WORLD);
  else
    MPI_Gather(ints, 5, MPI_INT, NULL, -1, MPI_DATATYPE_NULL, 1, MPI_COMM_WORLD);
  for (int i = 0; i < 8; ++i) ints[i] = rank * 10 + i;
  MPI_Alltoall(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, ints, 2, MPI_INT, MPI_COMM_WORLD);
  add(ints, 8);
  MPI_Alltoall(mine, 1, MPI_DOUBLE, all, 1, MPI_DOUBLE, MPI_COMM_WORLD);
  checksum += (long)all[3];
}

/* MPI_Alltoallv 4 / 256, MPI_Alltoallw 4 / 96, MPI_Scatterv 4 / 68, MPI_Gatherv 4 / 40,
 * MPI_Reduce_scatter 4 / 160, MPI_Reduce_scatter_block 4 / 128 */
static void vectors(void) {
  int counts[4], starts[4], out[64], in[64] = {0}, next = 0;
  for (int i = 0; i < 64; ++i) out[i] = rank + i;
  for (int i = 0; i < 4; ++i) {
    counts[i] = rank + i + 1;
    starts[i] = next;
    next += counts[i];
  }
  MPI_Alltoallv(out, counts, starts, MPI_INT, in, counts, starts, MPI_INT, MPI_COMM_WORLD);
  add(in, (size_t)next);

  const int one_each[4] = {1, 1, 1, 1}, offsets[4] = {0, 8, 16, 24};
  MPI_Datatype send_types[4], receive_types[4];
  double send_area[4] = {rank, rank, rank, rank}, receive_area[4] = {0};
  for (int i = 0; i < 4; ++i) {
    send_types[i] = i % 2 ? MPI_DOUBLE : MPI_INT;
    receive_types[i] = rank % 2 ? MPI_DOUBLE : MPI_INT;
  }
  MPI_Alltoallw(send_area, one_each, offsets, send_types, receive_area, one_each, offsets,
                receive_types, MPI_COMM_WORLD);

  const int portions[4] = {1, 2, 3, 4}, places[4] = {0, 1, 3, 6};
  if (rank == 2) {
    MPI_Scatterv(out, portions, places, MPI_INT, in, 3, MPI_INT, 2, MPI_COMM_WORLD);
    MPI_Gatherv(out, 3, MPI_INT, in, portions, places, MPI_INT, 2, MPI_COMM_WORLD);
  } else {
    MPI_Scatterv(NULL, NULL, NULL, MPI_DATATYPE_NULL, in, portions[rank], MPI_INT, 2,
                 MPI_COMM_WORLD);
    MPI_Gatherv(out, portions[rank], MPI_INT, NULL, NULL, NULL, MPI_DATATYPE_NULL, 2,
                MPI_COMM_WORLD);
  }
  add(in, 1);
  MPI_Reduce_scatter(out, in, portions, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  add(in, (size_t)portions[rank]);
  MPI_Reduce_scatter_block(out, in, 2, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  add(in, 2);
}

/* A line of ranks, not a ring. MPI_Send 4 / 0, MPI_Recv 4 / 0, MPI_Sendrecv 4 / 96,
 * MPI_Sendrecv_replace 4 / 96 */
static void no_neighbour(void) {
  const int left = rank == 0 ? MPI_PROC_NULL : rank - 1;
  const int right = rank == 3 ? MPI_PROC_NULL : rank + 1;
  int out[7] = {rank, 1, 2, 3, 4, 5, 6}, in[7] = {0};
  double both[2] = {rank, rank};
  MPI_Send(out, 7, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD);
  MPI_Recv(in, 7, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  MPI_Sendrecv(out, 4, MPI_INT, right, 1, in, 4, MPI_INT, left, 1, MPI_COMM_WORLD,
               MPI_STATUS_IGNORE);
  add(in, 4);
  MPI_Sendrecv_replace(both, 2, MPI_DOUBLE, right, 2, left, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  checksum += (long)both[0];
}

/* Even ranks against odd ones. MPI_Comm_split 4, MPI_Intercomm_create 4, MPI_Bcast 4 / 72,
 * MPI_Allgather 4 / 32, MPI_Gather 4 / 48, MPI_Scatter 4 / 48, MPI_Reduce 4 / 96,
 * MPI_Alltoall 4 / 64, MPI_Reduce_scatter_block 4 / 64, MPI_Comm_free 8 */
static void two_groups(void) {
  MPI_Comm half, inter;
  int data[8] = {0}, gathered[8] = {0};
  const int odd = rank % 2;
  const int root = odd ? 0 : rank == 0 ? MPI_ROOT : MPI_PROC_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, odd, rank, &half);
  MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, odd ? 0 : 1, 9, &inter);
  for (int i = 0; i < 8; ++i) data[i] = rank + i;
  MPI_Bcast(data, 6, MPI_INT, root, inter);
  add(data, 6);
  MPI_Allgather(data, 2, MPI_INT, gathered, 2, MPI_INT, inter);
  add(gathered, 4);
  MPI_Gather(data, 3, MPI_INT, gathered, 3, MPI_INT, root, inter);
  MPI_Scatter(data, 3, MPI_INT, gathered, 3, MPI_INT, root, inter);
  MPI_Reduce(data, gathered, 8, MPI_INT, MPI_SUM, root, inter);
  add(gathered, 8);
  MPI_Alltoall(data, 2, MPI_INT, gathered, 2, MPI_INT, inter);
  MPI_Reduce_scatter_block(data, gathered, 2, MPI_INT, MPI_SUM, inter);
  add(gathered, 2);
  MPI_Comm_free(&inter);
  MPI_Comm_free(&half);
}

/* MPI_Cart_create 4, MPI_Neighbor_allgather 4 / 96, MPI_Neighbor_alltoall 4 / 64,
 * MPI_Neighbor_alltoallv 4 / 48, MPI_Comm_free 4 */
static void neighbours(void) {
  MPI_Comm ring;
  const int size = 4, periodic = 1, counts[2] = {1, 2}, back[2] = {2, 1}, starts[2] = {0, 2};
  int out[6] = {rank, 1, 2, 3, 4, 5}, in[6] = {0};
  MPI_Cart_create(MPI_COMM_WORLD, 1, &size, &periodic, 0, &ring);
  MPI_Neighbor_allgather(out, 3, MPI_INT, in, 3, MPI_INT, ring);
  add(in, 6);
  MPI_Neighbor_alltoall(out, 2, MPI_INT, in, 2, MPI_INT, ring);
  add(in, 4);
  MPI_Neighbor_alltoallv(out, counts, starts, MPI_INT, in, back, starts, MPI_INT, ring);
  MPI_Comm_free(&ring);
}

/* MPI_Ibcast 4 / 256, MPI_Wait 4, MPI_Reduce 4 / 64, MPI_Scan 4 / 16, MPI_Exscan 4 / 16,
 * MPI_Type_vector 8, MPI_Type_commit 8, MPI_Bcast 8 / 160, MPI_Type_free 8: a handle freed
 * and made anew with another size must not keep the old one's (16, then 24 bytes). */
static void others(void) {
  double eight[8] = {rank}, sums[2];
  int prefix = 0, strided[16] = {0};
  MPI_Request request;
  MPI_Ibcast(eight, 8, MPI_DOUBLE, 3, MPI_COMM_WORLD, &request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  checksum += (long)eight[0];
  MPI_Reduce(eight, sums, 2, MPI_DOUBLE, MPI_SUM, 3, MPI_COMM_WORLD);
  MPI_Scan(&rank, &prefix, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  checksum += prefix;
  MPI_Exscan(&rank, &prefix, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  for (int blocks = 4; blocks <= 6; blocks += 2) {
    MPI_Datatype every_second;
    MPI_Type_vector(blocks, 1, 2, MPI_INT, &every_second);
    MPI_Type_commit(&every_second);
    MPI_Bcast(strided, 1, every_second, 0, MPI_COMM_WORLD);
    MPI_Type_free(&every_second);
  }
}

int main(int argc, char** argv) {
  int size;
  long total = 0;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size != 4) {
    if (rank == 0) fprintf(stderr, "inplace: needs exactly 4 ranks\n");
    MPI_Finalize();
    return 2;
  }
  in_place();
  vectors();
  no_neighbour();
  two_groups();
  neighbours();
  others();
  MPI_Allreduce(&checksum, &total, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
  if (rank == 0) printf("inplace checksum %ld\n", total);
  MPI_Finalize();
  return 0;
}
