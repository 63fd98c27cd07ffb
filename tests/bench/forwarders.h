// The MPI functions that call_cost measures, as a preloaded library sees them: MPI_X and
// PMPI_X, handles and counts as one machine word each, no mpi.h and no MPI linked. Who
// includes this defines State, entered() and left(), called around the outermost call.
// Only for comparison with the shim: it answers for no other function.
#pragma once

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef intptr_t Arg;

static _Thread_local int depth __attribute__((tls_model("initial-exec")));

static void* next_of(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == NULL) {
    fprintf(stderr, "%s is not in the program's MPI\n", name);
    abort();
  }
  return found;
}

#define FORWARD(prefix, name, parameters, arguments)                    \
  int prefix##name parameters;                                          \
  int prefix##name parameters {                                         \
    static int(*next) parameters;                                       \
    if (next == NULL) next = (int(*) parameters)next_of(#prefix #name); \
    if (depth != 0) return next arguments;                              \
    depth = 1;                                                          \
    const State state = entered(ID_##name);                             \
    const int result = next arguments;                                  \
    left(state, ID_##name);                                             \
    depth = 0;                                                          \
    return result;                                                      \
  }
#define FORWARD_BOTH(name, parameters, arguments) \
  FORWARD(MPI_, name, parameters, arguments)      \
  FORWARD(PMPI_, name, parameters, arguments)

enum { ID_Comm_rank, ID_Iprobe, ID_Send, ID_Irecv, ID_Wait, ID_Allreduce, ID_COUNT };

#define FORWARD_ALL                                                                             \
  FORWARD_BOTH(Comm_rank, (Arg a, Arg b), (a, b))                                               \
  FORWARD_BOTH(Iprobe, (Arg a, Arg b, Arg c, Arg d, Arg e), (a, b, c, d, e))                    \
  FORWARD_BOTH(Send, (Arg a, Arg b, Arg c, Arg d, Arg e, Arg f), (a, b, c, d, e, f))            \
  FORWARD_BOTH(Irecv, (Arg a, Arg b, Arg c, Arg d, Arg e, Arg f, Arg g), (a, b, c, d, e, f, g)) \
  FORWARD_BOTH(Wait, (Arg a, Arg b), (a, b))                                                    \
  FORWARD_BOTH(Allreduce, (Arg a, Arg b, Arg c, Arg d, Arg e, Arg f), (a, b, c, d, e, f))
