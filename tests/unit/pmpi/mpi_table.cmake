# The table of MPI functions against the MPIs installed here, and the check's own test.
add_test(NAME mpi_table_matches_headers
  COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/pmpi/gen/check_headers.py
          ${PROJECT_SOURCE_DIR}/pmpi/gen/mpi_functions.tsv mpicc.openmpi mpicc.mpich)
set_tests_properties(mpi_table_matches_headers PROPERTIES SKIP_RETURN_CODE 77)
add_test(NAME mpi_table_self_test
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/test_mpi_table.py)
set_tests_properties(mpi_table_matches_headers mpi_table_self_test PROPERTIES
  LABELS unit ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
