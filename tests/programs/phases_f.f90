! Phases of a Fortran program, and its energy by the module's query.
program phases_f
  use mpi
  use joulepath
  use, intrinsic :: iso_c_binding, only: c_double
  implicit none
  integer :: ierr, rank, i, total, error, other
  real(c_double) :: joules, lo, hi
  call MPI_Init(ierr)
  call MPI_Comm_rank(MPI_COMM_WORLD, rank, ierr)
  do i = 1, 7
    call joulepath_phase_begin('solve   ')
    call joulepath_phase_begin('reduce')
    call MPI_Allreduce(i, total, 1, MPI_INTEGER, MPI_SUM, MPI_COMM_WORLD, ierr)
    call joulepath_phase_end()
    call joulepath_phase_end()
  end do
  call joulepath_energy_j(joulepath_node, joules, lo, hi, error)
  call joulepath_energy_j(joulepath_socket(40), joules, lo, hi, other)
  if (error == 0 .and. .not. (lo <= joules .and. joules <= hi)) print *, 'bounds do not hold'
  if (error == 0 .neqv. joulepath_energy_provenance(joulepath_node) /= joulepath_absent) &
    print *, 'provenance does not fit'
  if ((other /= joulepath_no_such_scope) .and. (other /= joulepath_not_recorded)) &
    print *, 'a socket too many'
  if (rank == 0) print '(a, i0)', 'total ', total
  call MPI_Finalize(ierr)
end program phases_f
