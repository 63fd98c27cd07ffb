! Fortran with "use mpi_f08". Calls and bytes as in usempi.f90.
program usef08
  use mpi_f08
  implicit none
  integer :: rank, ranks, left, right, round, i
  type(MPI_Status) :: status
  integer :: small(3), sums(3), six(6), all(8)
  real :: out(4), in(4)
  double precision :: five(5), check

  call MPI_Init()
  call MPI_Comm_rank(MPI_COMM_WORLD, rank)
  call MPI_Comm_size(MPI_COMM_WORLD, ranks)
  right = mod(rank + 1, ranks)
  left = mod(rank + ranks - 1, ranks)
  check = 0
  do round = 1, 10
    five = [(dble(rank + i), i=1, 5)]
    call MPI_Bcast(five, 5, MPI_DOUBLE_PRECISION, 0, MPI_COMM_WORLD)
    small = rank + round
    call MPI_Allreduce(small, sums, 3, MPI_INTEGER, MPI_SUM, MPI_COMM_WORLD)
    out = [(real(rank * i), i=1, 4)]
    call MPI_Sendrecv(out, 4, MPI_REAL, right, 1, in, 4, MPI_REAL, left, 1, MPI_COMM_WORLD, status)
    six = [(rank + i, i=1, 6)]
    if (mod(rank, 2) == 0) then
      call MPI_Send(six, 6, MPI_INTEGER, rank + 1, 2, MPI_COMM_WORLD)
    else
      call MPI_Recv(six, 6, MPI_INTEGER, rank - 1, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE)
    end if
    check = check + five(5) + sums(3) + in(4) + six(6)
  end do
  all = rank
  call MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, 2, MPI_INTEGER, MPI_COMM_WORLD)
  check = check + all(1) + all(8)
  call MPI_Barrier(MPI_COMM_WORLD)
  if (rank == 0) print '(A,F10.1)', 'usef08 checksum', check
  call MPI_Finalize()
end program
