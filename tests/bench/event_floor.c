// The floor under any tool that records each call: beside the guard, the time-stamp counter
// read on either side of the call and 32 bytes stored into a ring. Nobody reads the ring.
#define _GNU_SOURCE
#include "forwarders.h"
#include "time_stamp.h"

typedef uint64_t State;

typedef struct {
  uint64_t begin;
  uint64_t end;
  uint64_t function;
  uint64_t bytes;
} Event;

enum { RING = 65536 };
static _Thread_local struct {
  uint64_t head;
  Event* ring;
} events __attribute__((tls_model("initial-exec")));

static inline State entered(int id) {
  (void)id;
  return now_ticks();
}
static inline void left(State begin, int id) {
  if (__builtin_expect(events.ring == NULL, 0)) events.ring = calloc(RING, sizeof(Event));
  if (events.ring == NULL) return;
  const Event event = {begin, now_ticks(), (uint64_t)id, 0};
  events.ring[events.head++ % RING] = event;
}

FORWARD_ALL
