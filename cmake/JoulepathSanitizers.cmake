# One target that carries instrumentation: sanitizers and coverage. joulepath_library
# and joulepath_unit_test link it, so everything built from them is instrumented.
# libjoulepath.so never is: it is preloaded into programs that know nothing of a
# sanitizer's run time. The shim links neither this nor a library that does: it compiles
# what it needs of core/ itself.
set(JOULEPATH_SANITIZE "" CACHE STRING
  "Sanitizers for everything but the shim: address,undefined or thread")
option(JOULEPATH_COVERAGE "Count executed lines in everything but the shim" OFF)

add_library(joulepath_sanitizers INTERFACE)
if(JOULEPATH_SANITIZE)
  target_compile_options(joulepath_sanitizers INTERFACE
    -fsanitize=${JOULEPATH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(joulepath_sanitizers INTERFACE -fsanitize=${JOULEPATH_SANITIZE})
endif()
if(JOULEPATH_COVERAGE)
  target_compile_options(joulepath_sanitizers INTERFACE --coverage)
  target_link_options(joulepath_sanitizers INTERFACE --coverage)
endif()
