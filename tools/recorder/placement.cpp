#include "tools/recorder/placement.hpp"

#include <sched.h>

#include <cstring>

namespace joulepath::tools {

void run_beside(const CpuSet& in_use) {
  // All bits set: the kernel keeps those that this process may use (cpuset cgroup).
  cpu_set_t all;
  std::memset(&all, 0xff, sizeof all);
  sched_setaffinity(0, sizeof all, &all);
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t free_cpus = allowed;
  for (std::size_t cpu = 0; cpu < in_use.size() * 64; ++cpu)
    if ((in_use[cpu / 64] >> (cpu % 64) & 1u) != 0) CPU_CLR(cpu, &free_cpus);
  if (CPU_COUNT(&free_cpus) > 0) sched_setaffinity(0, sizeof free_cpus, &free_cpus);
}

}  // namespace joulepath::tools
