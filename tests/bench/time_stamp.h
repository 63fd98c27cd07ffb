// The CPU's time-stamp counter, as the floors read it.
#pragma once

#include <stdint.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static inline uint64_t now_ticks(void) {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
#error "no time-stamp counter is known for this CPU"
#endif
}
