// The cheapest clock a thread can read: the CPU's time-stamp counter where it runs at
// one rate on all cores, else CLOCK_MONOTONIC. Header-only and free of the C++
// library, because the shim uses it. Ticks of unknown rate: whoever converts them to
// time calibrates against CLOCK_MONOTONIC (core/record/tick_scale.hpp).
#pragma once

#include <cstdint>

#include "core/base/clock_ns.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

namespace joulepath::base {

enum class TickKind : std::uint32_t {
  kMonotonicNs = 1,  ///< CLOCK_MONOTONIC, nanoseconds
  kCpuCounter = 2,   ///< TSC (x86-64) or CNTVCT_EL0 (AArch64)
};

inline std::uint64_t monotonic_ticks() noexcept {
  return static_cast<std::uint64_t>(clock_ns(CLOCK_MONOTONIC));
}

/// Not serialising: a few instructions may still be in flight, which is far below
/// the error of any energy counter.
inline std::uint64_t cpu_ticks() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  std::uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return monotonic_ticks();
#endif
}

/// kCpuCounter only where the counter is invariant: CPUID 0x80000007 EDX bit 8 on
/// x86 (Intel SDM vol. 3, 18.17.1; AMD APM vol. 3), always on AArch64 (Arm ARM D11).
inline TickKind best_tick_kind() noexcept {
#if defined(__x86_64__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(0x80000007u, &eax, &ebx, &ecx, &edx) != 0 && (edx & (1u << 8)) != 0)
    return TickKind::kCpuCounter;
  return TickKind::kMonotonicNs;
#elif defined(__aarch64__)
  return TickKind::kCpuCounter;
#else
  return TickKind::kMonotonicNs;
#endif
}

inline std::uint64_t read_ticks(TickKind kind) noexcept {
  return kind == TickKind::kCpuCounter ? cpu_ticks() : monotonic_ticks();
}

}  // namespace joulepath::base
