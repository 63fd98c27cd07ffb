! Fixed-form Fortran with mpif.h. Calls and bytes as in usempi.f90.
      program mpifh
      implicit none
      include 'mpif.h'
      integer ierr, rank, ranks, left, right, round, i
      integer status(MPI_STATUS_SIZE)
      integer small(3), sums(3), six(6), all(8)
      real out(4), in(4)
      double precision five(5), check

      call MPI_INIT(ierr)
      call MPI_COMM_RANK(MPI_COMM_WORLD, rank, ierr)
      call MPI_COMM_SIZE(MPI_COMM_WORLD, ranks, ierr)
      right = mod(rank + 1, ranks)
      left = mod(rank + ranks - 1, ranks)
      check = 0
      do round = 1, 10
        do i = 1, 5
          five(i) = rank + i
        end do
        call MPI_BCAST(five, 5, MPI_DOUBLE_PRECISION, 0,
     &                 MPI_COMM_WORLD, ierr)
        do i = 1, 3
          small(i) = rank + round
        end do
        call MPI_ALLREDUCE(small, sums, 3, MPI_INTEGER, MPI_SUM,
     &                     MPI_COMM_WORLD, ierr)
        do i = 1, 4
          out(i) = rank * i
        end do
        call MPI_SENDRECV(out, 4, MPI_REAL, right, 1, in, 4, MPI_REAL,
     &                    left, 1, MPI_COMM_WORLD, status, ierr)
        do i = 1, 6
          six(i) = rank + i
        end do
        if (mod(rank, 2) .eq. 0) then
          call MPI_SEND(six, 6, MPI_INTEGER, rank + 1, 2,
     &                  MPI_COMM_WORLD, ierr)
        else
          call MPI_RECV(six, 6, MPI_INTEGER, rank - 1, 2,
     &                  MPI_COMM_WORLD, MPI_STATUS_IGNORE, ierr)
        end if
        check = check + five(5) + sums(3) + in(4) + six(6)
      end do
      do i = 1, 8
        all(i) = rank
      end do
      call MPI_ALLGATHER(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, 2,
     &                   MPI_INTEGER, MPI_COMM_WORLD, ierr)
      check = check + all(1) + all(8)
      call MPI_BARRIER(MPI_COMM_WORLD, ierr)
      if (rank .eq. 0) print '(A,F10.1)', 'mpifh checksum', check
      call MPI_FINALIZE(ierr)
      end program
