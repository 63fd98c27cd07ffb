! Fortran with "use mpi". Needs exactly 4 ranks.
!
! Summed over them (calls / bytes): MPI_Bcast 40 / 1600 (5 doubles), MPI_Allreduce 40 / 480
! (3 integers), MPI_Sendrecv 40 / 1280 (4 reals each way), MPI_Send 20 / 480 and
! MPI_Recv 20 / 480 (6 integers, even ranks to odd ones), MPI_Allgather 4 / 32
! (MPI_IN_PLACE, 2 integers), MPI_Barrier 4, and once a rank MPI_Init, MPI_Comm_rank,
! MPI_Comm_size, MPI_Finalize.
program usempi
  use mpi
  implicit none
  integer :: ierr, rank, ranks, left, right, round, i
  integer :: status(MPI_STATUS_SIZE)
  integer :: small(3), sums(3), six(6), all(8)
  real :: out(4), in(4)
  double precision :: five(5), check

  call MPI_Init(ierr)
  call MPI_Comm_rank(MPI_COMM_WORLD, rank, ierr)
  call MPI_Comm_size(MPI_COMM_WORLD, ranks, ierr)
  right = mod(rank + 1, ranks)
  left = mod(rank + ranks - 1, ranks)
  check = 0
  do round = 1, 10
    five = [(dble(rank + i), i=1, 5)]
    call MPI_Bcast(five, 5, MPI_DOUBLE_PRECISION, 0, MPI_COMM_WORLD, ierr)
    small = rank + round
    call MPI_Allreduce(small, sums, 3, MPI_INTEGER, MPI_SUM, MPI_COMM_WORLD, ierr)
    out = [(real(rank * i), i=1, 4)]
    call MPI_Sendrecv(out, 4, MPI_REAL, right, 1, in, 4, MPI_REAL, left, 1, MPI_COMM_WORLD, &
                      status, ierr)
    six = [(rank + i, i=1, 6)]
    if (mod(rank, 2) == 0) then
      call MPI_Send(six, 6, MPI_INTEGER, rank + 1, 2, MPI_COMM_WORLD, ierr)
    else
      call MPI_Recv(six, 6, MPI_INTEGER, rank - 1, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE, ierr)
    end if
    check = check + five(5) + sums(3) + in(4) + six(6)
  end do
  all = rank
  call MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, 2, MPI_INTEGER, MPI_COMM_WORLD, ierr)
  check = check + all(1) + all(8)
  call MPI_Barrier(MPI_COMM_WORLD, ierr)
  if (rank == 0) print '(A,F10.1)', 'usempi checksum', check
  call MPI_Finalize(ierr)
end program
