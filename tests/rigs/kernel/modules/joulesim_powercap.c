// SPDX-License-Identifier: GPL-2.0
/*
 * A powercap zone "package-0" of control type intel-rapl-mmio beside the real driver's: the
 * same package through another register, as laptops have it. It counts mw since time 0 of
 * CLOCK_MONOTONIC in uJ, plus what wrap_in_ms put there, and wraps after max_uj.
 *
 * Test code: for QEMU guests only.
 */
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/powercap.h>
#include <linux/timekeeping.h>

static ulong mw = 50000;
module_param(mw, ulong, 0444);
static ulong max_uj = 262143328850;
module_param(max_uj, ulong, 0444);
MODULE_PARM_DESC(max_uj, "the largest value: 0 comes after it");

static struct powercap_control_type* control_type;
static struct powercap_zone zone;

static u64 offset_uj;

static u64 counted_uj(void) {
  return mw * div_u64(ktime_get_ns(), NSEC_PER_MSEC);
}

static int get_energy(struct powercap_zone* of, u64* energy_uj) {
  u64 uj = counted_uj() + offset_uj;

  *energy_uj = uj - div64_u64(uj, max_uj + 1) * (max_uj + 1);
  return 0;
}

/* Writing N: the counter wraps N ms from now. */
static int set_wrap(const char* text, const struct kernel_param* param) {
  unsigned int ms;
  int failed = kstrtouint(text, 0, &ms);

  if (failed) return failed;
  offset_uj = 2 * ((u64)max_uj + 1) - counted_uj() - (u64)mw * ms;
  return 0;
}
static const struct kernel_param_ops wrap_ops = {.set = set_wrap};
module_param_cb(wrap_in_ms, &wrap_ops, NULL, 0200);

static int get_range(struct powercap_zone* of, u64* range_uj) {
  *range_uj = max_uj;
  return 0;
}

static int release(struct powercap_zone* of) {
  return 0;
}

static const struct powercap_zone_ops zone_ops = {
    .get_energy_uj = get_energy,
    .get_max_energy_range_uj = get_range,
    .release = release,
};

/* Each zone must have limits to be had and set, though it has none. */
static int get_limit(struct powercap_zone* of, int id, u64* value) {
  *value = 0;
  return 0;
}

static int set_limit(struct powercap_zone* of, int id, u64 value) {
  return -EACCES;
}

static const struct powercap_zone_constraint_ops no_limits = {
    .get_power_limit_uw = get_limit,
    .set_power_limit_uw = set_limit,
    .get_time_window_us = get_limit,
    .set_time_window_us = set_limit,
};

static int __init joulesim_init(void) {
  struct powercap_zone* made;

  control_type = powercap_register_control_type(NULL, "intel-rapl-mmio", NULL);
  if (IS_ERR(control_type)) return PTR_ERR(control_type);
  made = powercap_register_zone(&zone, control_type, "package-0", NULL, &zone_ops, 0, &no_limits);
  if (IS_ERR(made)) {
    powercap_unregister_control_type(control_type);
    return PTR_ERR(made);
  }
  return 0;
}

static void __exit joulesim_exit(void) {
  powercap_unregister_zone(control_type, &zone);
  powercap_unregister_control_type(control_type);
}

module_init(joulesim_init);
module_exit(joulesim_exit);
MODULE_DESCRIPTION("A simulated powercap zone for tests of Joulepath");
MODULE_LICENSE("GPL");
