#include "sensors/papi/meaning.hpp"

#include <charconv>
#include <system_error>

namespace joulepath::sensors::papi {
namespace {

using record::Domain;
using record::Kind;

struct KnownUnit {
  std::string_view name;
  double si_per_unit;
  Kind kind;
};

constexpr KnownUnit kUnits[] = {
    {"J", 1, Kind::kEnergy},     {"mJ", 1e-3, Kind::kEnergy},  {"uJ", 1e-6, Kind::kEnergy},
    {"nJ", 1e-9, Kind::kEnergy}, {"pJ", 1e-12, Kind::kEnergy}, {"W", 1, Kind::kPower},
    {"mW", 1e-3, Kind::kPower},  {"uW", 1e-6, Kind::kPower},   {"nW", 1e-9, Kind::kPower}};

struct KnownEvent {
  std::string_view start;
  Domain domain;
};

/// PAPI: src/components/rapl/linux-rapl.c ("PACKAGE_ENERGY:PACKAGE0", and so on). libpfm4:
/// lib/events/intel_rapl_events.h and amd64_rapl events ("RAPL_ENERGY_PKG").
constexpr KnownEvent kEvents[] = {
    {"rapl:::PACKAGE_ENERGY:PACKAGE", Domain::kPackage},
    {"rapl:::DRAM_ENERGY:PACKAGE", Domain::kDram},
    {"rapl:::PP0_ENERGY:PACKAGE", Domain::kCore},
    {"rapl:::PP1_ENERGY:PACKAGE", Domain::kUncore},
    {"rapl:::PSYS_ENERGY:PACKAGE", Domain::kPlatform},
    {"rapl::RAPL_ENERGY_PKG", Domain::kPackage},
    {"rapl::RAPL_ENERGY_DRAM", Domain::kDram},
    {"rapl::RAPL_ENERGY_CORES", Domain::kCore},
    {"rapl::RAPL_ENERGY_GPU", Domain::kUncore},
    {"rapl::RAPL_ENERGY_PSYS", Domain::kPlatform},
};

int number(std::string_view text) {
  int value = -1;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc{} && end == text.data() + text.size() && value >= 0 ? value : -1;
}

/// The number of the qualifier ":cpu=N", anywhere in the name.
int cpu_in(std::string_view event) {
  constexpr std::string_view kCpu = ":cpu=";
  const auto at = event.find(kCpu);
  if (at == std::string_view::npos) return -1;
  const std::string_view rest = event.substr(at + kCpu.size());
  return number(rest.substr(0, rest.find(':')));
}

}  // namespace

std::optional<Unit> unit_of(std::string_view units, std::string_view description) {
  for (const KnownUnit& known : kUnits)
    if (known.name == units) return Unit{std::string(units), known.si_per_unit, known.kind};
  if (units.empty() && description.find("2^-32 Joules") != std::string_view::npos)
    return Unit{"2^-32 J", 0x1p-32, Kind::kEnergy};
  return std::nullopt;
}

Scope scope_of(std::string_view event) {
  for (const KnownEvent& known : kEvents) {
    if (!event.starts_with(known.start)) continue;
    const std::string_view rest = event.substr(known.start.size());
    if (known.start.ends_with("PACKAGE")) {
      const int package = number(rest);
      if (package < 0) return {};
      return {known.domain, known.domain == Domain::kPlatform ? -1 : package, -1};
    }
    // The whole of a name: nothing, or qualifiers, may follow.
    if (!rest.empty() && rest.front() != ':') continue;
    return {known.domain, -1, cpu_in(event)};
  }
  return {};
}

}  // namespace joulepath::sensors::papi
