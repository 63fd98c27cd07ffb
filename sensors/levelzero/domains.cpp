#include "sensors/levelzero/domains.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

#include "sensors/api/shared_library.hpp"

namespace joulepath::sensors::levelzero {
namespace {

using record::Signal;

/// How often the counter changes is not documented; no slower than this is known of any. The
/// recorder measures it.
constexpr std::int64_t kUpdatePeriod_ns = 100'000'000;

struct Found {
  Power handle = nullptr;
  std::uint32_t level = kUnknownDomain;
  std::optional<std::uint32_t> tile;
};

std::vector<Found> find_domains(const Library& library, Device device) {
  std::uint32_t count = 0;
  if (library.power_domains(device, &count, nullptr) != kSuccess) return {};
  std::vector<Power> handles(count);
  if (count == 0 || library.power_domains(device, &count, handles.data()) != kSuccess) return {};
  handles.resize(std::min<std::size_t>(count, handles.size()));
  Power card = nullptr;
  if (library.card_power_domain == nullptr || library.card_power_domain(device, &card) != kSuccess)
    card = nullptr;
  if (card != nullptr && std::find(handles.begin(), handles.end(), card) == handles.end())
    handles.push_back(card);
  std::vector<Found> found;
  for (const Power handle : handles) {
    // A driver that does not know the second structure leaves it as it is: unknown.
    PowerExtProperties ext{kPowerExtPropertiesType, nullptr, kUnknownDomain, nullptr};
    PowerProperties own{};
    own.type_of_structure = kPowerPropertiesType;
    own.next = &ext;
    Found one{handle, kUnknownDomain, std::nullopt};
    if (library.power_properties(handle, &own) == kSuccess) {
      one.level = ext.domain;
      if (own.on_subdevice != 0) one.tile = own.subdevice_id;
    }
    if (handle == card) one = {handle, kCard, std::nullopt};
    found.push_back(one);
  }
  return found;
}

/// The domain that covers most: the card, else the package, else the only one that is on no
/// tile. Nothing: none, or several of which no one says what it covers.
std::optional<std::size_t> whole_of(const std::vector<Found>& found) {
  for (const std::uint32_t level : {kCard, kPackage})
    for (std::size_t at = 0; at < found.size(); ++at)
      if (found[at].level == level && !found[at].tile) return at;
  std::optional<std::size_t> only;
  for (std::size_t at = 0; at < found.size(); ++at) {
    if (found[at].tile) continue;
    if (only || found[at].level != kUnknownDomain) return std::nullopt;
    only = at;
  }
  return only;
}

std::string name_of(const Found& found, bool whole) {
  if (found.tile) return "tile" + std::to_string(*found.tile);
  if (whole) return "card";
  return found.level == kPackage ? "package" : "domain" + std::to_string(found.level);
}

/// Text of a driver that may have left out the end.
template <std::size_t N>
std::string_view text_of(const char (&text)[N]) {
  return {text, ::strnlen(text, N)};
}

std::string uuid_text(const std::uint8_t (&uuid)[16]) {
  if (std::all_of(std::begin(uuid), std::end(uuid), [](std::uint8_t byte) { return byte == 0; }))
    return {};
  std::string text;
  for (std::size_t at = 0; at < 16; ++at) {
    std::array<char, 3> byte{};
    std::snprintf(byte.data(), byte.size(), "%02x", uuid[at]);
    text += byte.data();
    if (at == 3 || at == 5 || at == 7 || at == 9) text += '-';
  }
  return text;
}

void try_reading(const Library& library, Domain& domain) {
  EnergyCounter counter{};
  const std::uint32_t code = library.energy(domain.handle, &counter);
  Signal& signal = domain.signal;
  signal.readable = code == kSuccess;
  if (signal.readable) return;
  signal.provenance = record::Provenance::kAbsent;
  signal.reason = "energy cannot be read: " + words(code);
  if (code == kInsufficientPermissions) signal.remedy = "usermod -a -G render,video USER";
}

}  // namespace

base::Result<Card> describe(const Library& library, Device device) {
  DeviceProperties own{};
  own.type_of_structure = kDevicePropertiesType;
  own.core.type = kGpuType;  // drivers that fill in Sysman's part only
  if (const auto code = library.properties(device, &own); code != kSuccess)
    return base::Error{base::Errc::kIo, words(code), "zesDeviceGetProperties", 0, {}};
  if (own.core.type != kGpuType)
    return base::Error{base::Errc::kNotFound, "is no GPU", "device", 0, {}};
  PciProperties pci{};
  pci.type_of_structure = kPciPropertiesType;
  if (const auto code = library.pci(device, &pci); code != kSuccess)
    return base::Error{base::Errc::kIo, words(code), "zesDevicePciGetProperties", 0, {}};

  Card card{pci_address(pci.domain, pci.bus, pci.device, pci.function), {}};
  const std::string_view model = text_of(own.texts[3]);
  const std::string_view core = text_of(own.core.name);
  const std::string name(!core.empty() ? core : !model.empty() ? model : "Intel GPU");
  std::vector<Found> found = find_domains(library, device);
  const auto whole = whole_of(found);
  if (whole) std::swap(found.front(), found[*whole]);
  const std::string id = "levelzero:" + card.pci;
  int unknown = 0;
  for (std::size_t at = 0; at < found.size(); ++at) {
    const bool is_whole = whole && at == 0;
    Domain domain{found[at].handle, {}};
    Signal& signal = domain.signal;
    std::string part = name_of(found[at], is_whole);
    const bool known = is_whole || found[at].tile || found[at].level == kPackage;
    if (!known) part += "-" + std::to_string(unknown++);
    signal.id = is_whole ? id : id + "/" + part;
    signal.source = "levelzero";
    signal.domain = known ? record::Domain::kGpu : record::Domain::kOther;
    signal.device = is_whole ? name : name + " " + card.pci + " " + part;
    // The address and the UUID stand for the whole card: parts go by their names.
    if (is_whole) {
      signal.pci = card.pci;
      signal.uuid = uuid_text(own.core.uuid);
    } else if (whole) {
      signal.contained_in = id;
    }
    signal.kind = record::Kind::kEnergy;
    signal.unit = "uJ";
    signal.si_per_unit = 1e-6;
    signal.update_period_ns = kUpdatePeriod_ns;
    try_reading(library, domain);
    card.domains.push_back(std::move(domain));
  }
  return card;
}

}  // namespace joulepath::sensors::levelzero
