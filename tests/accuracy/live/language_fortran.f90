! The rank written in Fortran: see Languages in live_test.py.
program language_fortran
  use mpi
  use joulepath
  implicit none
  integer :: ierr, turn, inner
  call MPI_Init(ierr)
  do turn = 1, 5
    call joulepath_phase_begin('shared')
    call joulepath_phase_end()
  end do
  do turn = 1, 6
    call joulepath_phase_begin('fortran')
    do inner = 1, 2
      call joulepath_phase_begin('inner')
      call joulepath_phase_end()
    end do
    call joulepath_phase_end()
  end do
  call MPI_Barrier(MPI_COMM_WORLD, ierr)
  call MPI_Finalize(ierr)
end program language_fortran
