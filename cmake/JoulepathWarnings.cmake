# One target that carries the warnings of our own code. Linked PRIVATE, never
# exported: who builds against an installed Joulepath keeps their own flags.
add_library(joulepath_warnings INTERFACE)
target_compile_options(joulepath_warnings INTERFACE
  $<$<COMPILE_LANG_AND_ID:CXX,GNU,Clang>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual>
  $<$<COMPILE_LANG_AND_ID:C,GNU,Clang>:-Wall -Wextra -Wshadow>)
option(JOULEPATH_WERROR "Treat warnings as errors" OFF)
if(JOULEPATH_WERROR)
  target_compile_options(joulepath_warnings INTERFACE -Werror)
endif()

# joulepath_library(name sources...): a static layer, included by its path from the
# top of the source tree.
function(joulepath_library name)
  add_library(${name} STATIC ${ARGN})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(${name} PUBLIC joulepath_sanitizers PRIVATE joulepath_warnings)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
