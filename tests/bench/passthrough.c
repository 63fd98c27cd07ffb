// The least a preloaded library can do: find the next function, guard against nesting,
// forward. What call_cost measures with it is the price of interposition alone.
#define _GNU_SOURCE
#include "forwarders.h"

typedef int State;

static inline State entered(int id) {
  return id;
}
static inline void left(State state, int id) {
  (void)state;
  (void)id;
}

FORWARD_ALL
