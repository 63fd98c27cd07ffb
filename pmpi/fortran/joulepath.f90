! Joulepath's region API for Fortran 2003: names the phases of a program and asks for joules.
! Compile this file with your program, as module files belong to one compiler:
!   mpif90 -c $(joulepath preload --fortran) && mpif90 app.f90 joulepath.o
!
! Nothing is linked to (before glibc 2.34: -ldl). Without the preloaded library phases are
! without effect, and energy is "not recorded". joulepath/joulepath.h says what each
! procedure does in full; all may be called by any thread at any time.
module joulepath
  use, intrinsic :: iso_c_binding
  implicit none
  private
  public :: joulepath_phase_begin, joulepath_phase_end, joulepath_energy_j, joulepath_socket
  public :: joulepath_energy_reason, joulepath_energy_provenance

  ! Scopes: the node, this process's own share; joulepath_socket(n) for a CPU socket.
  integer, parameter, public :: joulepath_node = 0, joulepath_own = 1
  ! Errors of joulepath_energy_j.
  integer, parameter, public :: joulepath_not_recorded = 1, joulepath_no_such_scope = 2, &
    joulepath_no_answer = 3, joulepath_no_sensor = 4, joulepath_broken = 5, joulepath_no_counter = 6
  ! What joulepath_energy_provenance returns.
  integer, parameter, public :: joulepath_measured = 0, joulepath_device_averaged = 1, &
    joulepath_estimated = 2, joulepath_absent = 3

  ! joulepath_api of joulepath.h, version 1.
  type, bind(c) :: api_table
    integer(c_int) :: version
    integer(c_int) :: bytes
    type(c_funptr) :: phase_begin
    type(c_funptr) :: phase_end
    type(c_funptr) :: energy_j
    type(c_funptr) :: energy_provenance
  end type api_table

  abstract interface
    subroutine begin_function(name) bind(c)
      import :: c_ptr
      type(c_ptr), value :: name
    end subroutine begin_function
    subroutine end_function() bind(c)
    end subroutine end_function
    function energy_function(scope, joules, lo, hi) bind(c) result(error)
      import :: c_int, c_double
      integer(c_int), value :: scope
      real(c_double) :: joules, lo, hi
      integer(c_int) :: error
    end function energy_function
    function provenance_function(scope) bind(c) result(provenance)
      import :: c_int
      integer(c_int), value :: scope
      integer(c_int) :: provenance
    end function provenance_function
  end interface

  interface
    function dlsym(handle, name) bind(c, name='dlsym') result(address)
      import :: c_ptr, c_char
      type(c_ptr), value :: handle
      character(kind=c_char), dimension(*), intent(in) :: name
      type(c_ptr) :: address
    end function dlsym
  end interface

contains

  ! The library's table; false where there is none.
  logical function find(table)
    type(api_table), pointer, intent(out) :: table
    ! Several threads may look at once: each writes the same into one of the two.
    type(api_table), pointer, save :: found => null()
    logical, save :: absent = .false.
    type(c_ptr) :: address
    if (.not. associated(found) .and. .not. absent) then
      address = dlsym(c_null_ptr, 'joulepath_api_1' // c_null_char) ! RTLD_DEFAULT
      if (c_associated(address)) then
        call c_f_pointer(address, found)
      else
        absent = .true.
      end if
    end if
    table => found
    find = associated(table)
  end function find

  ! Begins a phase of the calling thread. Trailing blanks are no part of the name.
  subroutine joulepath_phase_begin(name)
    character(len=*), intent(in) :: name
    type(api_table), pointer :: table
    procedure(begin_function), pointer :: begin
    character(kind=c_char), target :: text(128)
    integer :: i, length
    if (.not. find(table)) return
    length = min(len_trim(name), size(text) - 1)
    do i = 1, length
      text(i) = name(i:i)
    end do
    text(length + 1) = c_null_char
    call c_f_procpointer(table%phase_begin, begin)
    call begin(c_loc(text))
  end subroutine joulepath_phase_begin

  ! Ends the innermost phase of the calling thread.
  subroutine joulepath_phase_end()
    type(api_table), pointer :: table
    procedure(end_function), pointer :: end_it
    if (.not. find(table)) return
    call c_f_procpointer(table%phase_end, end_it)
    call end_it()
  end subroutine joulepath_phase_end

  ! Joules since the recording began, with bounds; error 0, or one of the numbers above and
  ! joules, lo and hi as they were.
  subroutine joulepath_energy_j(scope, joules, lo, hi, error)
    integer, intent(in) :: scope
    real(c_double), intent(inout) :: joules, lo, hi
    integer, intent(out) :: error
    type(api_table), pointer :: table
    procedure(energy_function), pointer :: energy
    error = joulepath_not_recorded
    if (.not. find(table)) return
    call c_f_procpointer(table%energy_j, energy)
    error = energy(int(scope, c_int), joules, lo, hi)
  end subroutine joulepath_energy_j

  ! Whether the joules of a scope are measured or estimated.
  integer function joulepath_energy_provenance(scope)
    integer, intent(in) :: scope
    type(api_table), pointer :: table
    procedure(provenance_function), pointer :: provenance
    joulepath_energy_provenance = joulepath_absent
    if (.not. find(table)) return
    call c_f_procpointer(table%energy_provenance, provenance)
    joulepath_energy_provenance = provenance(int(scope, c_int))
  end function joulepath_energy_provenance

  ! The scope of a CPU socket (physical package id, 0 to 7).
  integer function joulepath_socket(number)
    integer, intent(in) :: number
    joulepath_socket = 2 + number
  end function joulepath_socket

  ! An error number in words; blank for 0.
  function joulepath_energy_reason(error) result(reason)
    integer, intent(in) :: error
    character(len=80) :: reason
    select case (error)
    case (0)
      reason = ''
    case (joulepath_not_recorded)
      reason = 'not recorded: run the program under `joulepath run`'
    case (joulepath_no_such_scope)
      reason = 'this node has no such socket or scope'
    case (joulepath_no_answer)
      reason = 'the recorder has not answered in time'
    case (joulepath_no_sensor)
      reason = 'nothing readable counts this energy: `joulepath sensors` says why'
    case (joulepath_broken)
      reason = 'a counter was reset, jumped or is stuck: the sum since the start is not known'
    case (joulepath_no_counter)
      reason = 'a sensor there gives power, no energy: see the report'
    case default
      reason = 'unknown error number'
    end select
  end function joulepath_energy_reason

end module joulepath
