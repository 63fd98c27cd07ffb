#include "sensors/msr/registers.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace joulepath::sensors::msr {
namespace {

using record::Domain;

// Intel SDM volume 4, tables 2-12 and later: MSR_RAPL_POWER_UNIT, MSR_PKG_ENERGY_STATUS,
// MSR_DRAM_ENERGY_STATUS, MSR_PP0_ENERGY_STATUS, MSR_PP1_ENERGY_STATUS,
// MSR_PLATFORM_ENERGY_COUNTER, IA32_MISC_PACKAGE_CTLS.
constexpr std::uint32_t kIntelUnit = 0x606;
constexpr std::uint32_t kIntelPackage = 0x611;
constexpr std::uint32_t kIntelDram = 0x619;
constexpr std::uint32_t kIntelCores = 0x639;
constexpr std::uint32_t kIntelUncore = 0x641;
constexpr std::uint32_t kIntelPlatform = 0x64d;
constexpr std::uint32_t kIntelFiltering = 0xbc;

// AMD PPR for family 17h model 31h (55803), section "MSRs - MSRC001_0xxx": RAPL_PWR_UNIT,
// CORE_ENERGY_STAT, PKG_ENERGY_STAT.
constexpr std::uint32_t kAmdUnit = 0xc0010299;
constexpr std::uint32_t kAmdCore = 0xc001029a;
constexpr std::uint32_t kAmdPackage = 0xc001029b;

/// Models of family 6 by what their memory and platform registers count in: Linux
/// drivers/powercap/intel_rapl_common.c (rapl_ids) and arch/x86/events/rapl.c
/// (rapl_model_match), where these two agree. Numbers: arch/x86/include/asm/intel-family.h.
///
/// Memory in 2^-16 J whatever the unit register says: "Intel Xeon Processor E5-1600 and
/// E5-2600 v3 Product Families, Volume 2" (330784), DRAM_ENERGY_STATUS.
constexpr std::array kFixedDram{
    0x3f,  // Haswell-X
    0x4f,  // Broadwell-X
    0x55,  // Skylake-X, Cascade Lake, Cooper Lake
    0x57,  // Knights Landing
    0x6a,  // Ice Lake-X
    0x6c,  // Ice Lake-D
    0x85,  // Knights Mill
};
constexpr unsigned kFixedDramExponent = 16;

/// Platform in whole joules: Linux commit "powercap: RAPL: Add support for Intel Sapphire
/// Rapids" (2021) and the psys unit in rapl_defaults_spr_server.
constexpr std::array kJoulePlatform{
    0x8f,  // Sapphire Rapids
    0xcf,  // Emerald Rapids
};

/// All in the unit of the unit register.
constexpr std::array kOneUnit{
    0x2a, 0x2d,              // Sandy Bridge, -EP
    0x3a, 0x3e,              // Ivy Bridge, -EP
    0x3c, 0x45, 0x46,        // Haswell
    0x3d, 0x47,              // Broadwell
    0x4e, 0x5e,              // Skylake
    0x8e, 0x9e,              // Kaby Lake, Coffee Lake
    0x66,                    // Cannon Lake
    0x7d, 0x7e,              // Ice Lake
    0xa5, 0xa6,              // Comet Lake
    0x8c, 0x8d,              // Tiger Lake
    0xa7,                    // Rocket Lake
    0x97, 0x9a, 0xbe,        // Alder Lake
    0xb7, 0xba, 0xbf,        // Raptor Lake
    0xaa, 0xac,              // Meteor Lake
    0x5c, 0x5f, 0x7a, 0x86,  // Goldmont, Denverton, Goldmont Plus, Tremont-D
};

template <std::size_t N>
bool holds(const std::array<int, N>& models, int model) {
  return std::find(models.begin(), models.end(), model) != models.end();
}

base::Error unknown(const CpuModel& cpu, const char* what) {
  return base::Error{base::Errc::kNotFound, what, cpu.text(), 0, {}};
}

base::Result<Registers> intel(const CpuModel& cpu) {
  const bool fixed_dram = holds(kFixedDram, cpu.model);
  const bool joule_platform = holds(kJoulePlatform, cpu.model);
  if (cpu.family != 6 || (!fixed_dram && !joule_platform && !holds(kOneUnit, cpu.model)))
    return unknown(cpu, "is not in the table of CPUs whose energy units are known");
  Registers registers{kIntelUnit,
                      {{kIntelPackage, "pkg", Domain::kPackage, Scope::kDie, {}},
                       {kIntelDram, "dram", Domain::kDram, Scope::kDie, {}},
                       {kIntelCores, "pp0", Domain::kCore, Scope::kDie, {}},
                       {kIntelUncore, "pp1", Domain::kUncore, Scope::kDie, {}},
                       {kIntelPlatform, "psys", Domain::kPlatform, Scope::kPackage, {}}},
                      kIntelFiltering};
  if (fixed_dram) registers.energy[1].fixed_exponent = kFixedDramExponent;
  if (joule_platform) registers.energy[4].fixed_exponent = 0;
  return registers;
}

/// Families with X86_FEATURE_RAPL: Linux arch/x86/events/rapl.c, "AMD Fam17h RAPL support"
/// (2020), Hygon 18h, 19h and 1Ah.
base::Result<Registers> amd(const CpuModel& cpu) {
  constexpr std::array kFamilies{0x17, 0x18, 0x19, 0x1a};
  if (!holds(kFamilies, cpu.family)) return unknown(cpu, "has no energy registers that we know");
  return Registers{kAmdUnit,
                   {{kAmdPackage, "pkg", Domain::kPackage, Scope::kPackage, {}},
                    {kAmdCore, "core", Domain::kCore, Scope::kCore, {}}},
                   0};
}

}  // namespace

base::Result<Registers> registers_of(const CpuModel& cpu) {
  switch (cpu.vendor) {
    case CpuVendor::kIntel: return intel(cpu);
    case CpuVendor::kAmd: return amd(cpu);
    case CpuVendor::kOther: break;
  }
  return unknown(cpu, "has no energy registers that we know");
}

}  // namespace joulepath::sensors::msr
