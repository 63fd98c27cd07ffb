// SPDX-License-Identifier: GPL-2.0
/*
 * Energy registers for a guest whose CPU has none: every read of a RAPL register, by whichever
 * driver, is answered here, so that the distribution's own drivers (intel_rapl_msr, rapl, msr)
 * run unmodified. All other registers are the guest's.
 *
 * The power of package p and a domain is known at every moment of CLOCK_MONOTONIC:
 * mw[domain] * (p + 1), and square_mw[domain] * (p + 1) more in every second whose number is
 * odd. A counter is the integral of that since time 0, updated each millisecond, plus what
 * wrap_in_ms put there.
 *
 * Test code: for QEMU guests only.
 */
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <linux/kprobes.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/timekeeping.h>
#include <linux/topology.h>

enum domain { PKG, CORES, DRAM, PSYS, DOMAINS };
#define MAX_PACKAGES 4

static ulong mw[DOMAINS] = {50000, 20000, 8000, 90000};
module_param_array(mw, ulong, NULL, 0644);
MODULE_PARM_DESC(mw, "mW of package, cores, memory and platform");

static ulong square_mw[DOMAINS];
module_param_array(square_mw, ulong, NULL, 0644);
MODULE_PARM_DESC(square_mw, "mW more in seconds with an odd number");

static bool amd;
module_param(amd, bool, 0444);
MODULE_PARM_DESC(amd, "AMD's registers, not Intel's");

static uint unit = 14;
module_param(unit, uint, 0444);
MODULE_PARM_DESC(unit, "a count is 2^-unit J");

static uint dram_unit = 16;
module_param(dram_unit, uint, 0444);

static ulong hits;
module_param(hits, ulong, 0444);
MODULE_PARM_DESC(hits, "reads that were answered");

static u32 offset[MAX_PACKAGES][DOMAINS];

/* mW times ms: microjoules since time 0, at the last update before now. */
static u64 energy_uj(unsigned int package, enum domain domain) {
  u64 ms = div_u64(ktime_get_ns(), NSEC_PER_MSEC);
  u32 in_period;
  u64 odd_ms = div_u64_rem(ms, 2000, &in_period) * 1000;

  if (in_period > 1000) odd_ms += in_period - 1000;
  return (mw[domain] * ms + square_mw[domain] * odd_ms) * (package + 1);
}

static uint unit_of(enum domain domain) {
  return domain == DRAM ? dram_unit : unit;
}

static u32 counts(unsigned int package, enum domain domain) {
  return mul_u64_u64_div_u64(energy_uj(package, domain), 1ull << unit_of(domain), 1000000);
}

static u32 counter(enum domain domain) {
  unsigned int package = topology_physical_package_id(raw_smp_processor_id());

  package = min_t(unsigned int, package, MAX_PACKAGES - 1);
  return counts(package, domain) + offset[package][domain];
}

/* Writing N: at the power of mw, all counters wrap N ms from now. */
static int set_wrap(const char* text, const struct kernel_param* param) {
  unsigned int ms, package;
  enum domain domain;
  int failed = kstrtouint(text, 0, &ms);

  if (failed) return failed;
  for (package = 0; package < MAX_PACKAGES; package++)
    for (domain = 0; domain < DOMAINS; domain++) {
      u64 uj = (u64)mw[domain] * (package + 1) * ms;

      offset[package][domain] =
          -counts(package, domain) - (u32)mul_u64_u64_div_u64(uj, 1ull << unit_of(domain), 1000000);
    }
  return 0;
}
static const struct kernel_param_ops wrap_ops = {.set = set_wrap};
module_param_cb(wrap_in_ms, &wrap_ops, NULL, 0200);

static bool answer(u32 msr, u64* value) {
  switch (msr) {
    case MSR_RAPL_POWER_UNIT:
    case MSR_PKG_ENERGY_STATUS:
    case MSR_PP0_ENERGY_STATUS:
    case MSR_DRAM_ENERGY_STATUS:
    case MSR_PLATFORM_ENERGY_STATUS:
    case MSR_PKG_POWER_LIMIT:
    case MSR_PKG_POWER_INFO:
      if (amd) return false;
      break;
    case MSR_AMD_RAPL_POWER_UNIT:
    case MSR_AMD_PKG_ENERGY_STATUS:
    case MSR_AMD_CORE_ENERGY_STATUS:
      if (!amd) return false;
      break;
    default: return false;
  }
  switch (msr) {
    case MSR_RAPL_POWER_UNIT:
    case MSR_AMD_RAPL_POWER_UNIT:
      *value = 0xa0003 | unit << 8; /* time 2^-10 s, power 2^-3 W */
      break;
    case MSR_PKG_ENERGY_STATUS:
    case MSR_AMD_PKG_ENERGY_STATUS: *value = counter(PKG); break;
    case MSR_PP0_ENERGY_STATUS:
    case MSR_AMD_CORE_ENERGY_STATUS: *value = counter(CORES); break;
    case MSR_DRAM_ENERGY_STATUS: *value = counter(DRAM); break;
    case MSR_PLATFORM_ENERGY_STATUS: *value = counter(PSYS); break;
    case MSR_PKG_POWER_LIMIT:
      *value = 0x8000ull | 200 << 3; /* 200 W, on */
      break;
    case MSR_PKG_POWER_INFO:
      *value = 150 << 3; /* 150 W by design */
      break;
  }
  return true;
}

/* At the first instruction of the function: returns from it at once with our value. */
static int before_read(struct kprobe* probe, struct pt_regs* regs) {
  u64 value;

  if (!answer(regs->di, &value)) return 0;
  hits++;
  if (!strcmp(probe->symbol_name, "native_read_msr_safe")) *(int*)regs->si = 0; /* no fault */
  regs->ax = value;
  regs->ip = *(unsigned long*)regs->sp;
  regs->sp += sizeof(unsigned long);
  return 1;
}

static struct kprobe probes[] = {
    {.symbol_name = "native_read_msr", .pre_handler = before_read},
    {.symbol_name = "native_read_msr_safe", .pre_handler = before_read},
};

static int __init joulesim_init(void) {
  size_t at;
  int failed;

  for (at = 0; at < ARRAY_SIZE(probes); at++) {
    failed = register_kprobe(&probes[at]);
    if (failed) {
      while (at--) unregister_kprobe(&probes[at]);
      return failed;
    }
  }
  if (amd) /* the drivers look for it; QEMU's CPUs do not have it */
    set_cpu_cap(&boot_cpu_data, X86_FEATURE_RAPL);
  return 0;
}

static void __exit joulesim_exit(void) {
  size_t at;

  for (at = 0; at < ARRAY_SIZE(probes); at++) unregister_kprobe(&probes[at]);
}

module_init(joulesim_init);
module_exit(joulesim_exit);
MODULE_DESCRIPTION("Simulated RAPL registers for tests of Joulepath");
MODULE_LICENSE("GPL");
