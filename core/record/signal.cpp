#include "core/record/signal.hpp"

#include <array>
#include <utility>

namespace joulepath::record {
namespace {

template <class E>
using Name = std::pair<E, std::string_view>;

constexpr std::array<Name<Domain>, 9> kDomains{{{Domain::kNode, "node"},
                                                {Domain::kPlatform, "psys"},
                                                {Domain::kPackage, "package"},
                                                {Domain::kCore, "core"},
                                                {Domain::kUncore, "uncore"},
                                                {Domain::kDram, "dram"},
                                                {Domain::kGpu, "gpu"},
                                                {Domain::kModule, "module"},
                                                {Domain::kOther, "other"}}};
constexpr std::array<Name<Kind>, 3> kKinds{
    {{Kind::kEnergy, "energy"}, {Kind::kPower, "power"}, {Kind::kPowerAveraged, "power_averaged"}}};
constexpr std::array<Name<Provenance>, 4> kProvenances{{{Provenance::kMeasured, "measured"},
                                                        {Provenance::kDeviceAveraged, "averaged"},
                                                        {Provenance::kEstimated, "estimated"},
                                                        {Provenance::kAbsent, "absent"}}};

template <class Table, class E>
std::string_view name_of(const Table& table, E value) {
  for (const auto& [key, name] : table)
    if (key == value) return name;
  return "unknown";
}

template <class E, std::size_t N>
std::optional<E> value_of(const std::array<Name<E>, N>& table, std::string_view name) {
  for (const auto& [key, known] : table)
    if (known == name) return key;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Domain domain) {
  return name_of(kDomains, domain);
}
std::string_view to_string(Kind kind) {
  return name_of(kKinds, kind);
}
std::string_view to_string(Provenance provenance) {
  return name_of(kProvenances, provenance);
}
std::optional<Domain> domain_from(std::string_view name) {
  return value_of(kDomains, name);
}
std::optional<Kind> kind_from(std::string_view name) {
  return value_of(kKinds, name);
}
std::optional<Provenance> provenance_from(std::string_view name) {
  return value_of(kProvenances, name);
}

std::string_view gpu_of(const Signal& signal) {
  if (signal.domain != Domain::kGpu) return {};
  return signal.pci.empty() ? signal.uuid : signal.pci;
}

}  // namespace joulepath::record
