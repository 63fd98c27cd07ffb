// Which energy registers a CPU has, and what one count of each is worth: by vendor, family
// and model. Pure. A model that is not in the table gets no unit: the kernel's own drivers
// do not guess either.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/result.hpp"
#include "core/record/signal.hpp"
#include "sensors/api/cpu_model.hpp"

namespace joulepath::sensors::msr {

/// What a register counts one of.
enum class Scope { kCore, kDie, kPackage };

struct Register {
  std::uint32_t number = 0;
  const char* name = "";  ///< "pkg": part of the signal's id
  record::Domain domain = record::Domain::kOther;
  Scope scope = Scope::kDie;
  /// Joules a count: 2^-exponent. nullopt: by the unit register.
  std::optional<unsigned> fixed_exponent;
};

struct Registers {
  std::uint32_t unit = 0;  ///< of energy in bits 12:8
  std::vector<Register> energy;
  /// Bit 0 of it says whether energy filtering is on; 0: this CPU has no such register.
  std::uint32_t filtering = 0;
};

/// Error kNotFound: the CPU has no such registers, or none whose units are known.
base::Result<Registers> registers_of(const CpuModel& cpu);

/// Bits 12:8 of the unit register: a count is 2^-that J.
[[nodiscard]] constexpr unsigned energy_exponent(std::uint64_t unit_register) {
  return static_cast<unsigned>(unit_register >> 8 & 0x1f);
}

}  // namespace joulepath::sensors::msr
