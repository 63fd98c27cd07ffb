#include "sensors/nvml/describe.hpp"

#include <array>
#include <cctype>
#include <cmath>
#include <string_view>

#include "sensors/api/shared_library.hpp"

namespace joulepath::sensors::nvml {
namespace {

using record::Kind;
using record::Signal;

/// The counter is documented as updated at no stated rate; 10 to 100 ms are seen, by model
/// (Yang, Adamek, Armour, "Part-time power measurements: nvidia-smi's lack of attention",
/// SC24). The slowest is stated, until the recorder has measured better.
constexpr std::int64_t kUpdatePeriod_ns = 100'000'000;
constexpr std::int64_t kSecond_ns = 1'000'000'000;

/// The model as a word of the name: "A100" in "NVIDIA A100-SXM4-40GB", not in "A1000".
bool is_model(std::string_view name, std::string_view model) {
  for (auto at = name.find(model); at != std::string_view::npos; at = name.find(model, at + 1)) {
    const auto letter = [&](std::size_t place) {
      return place < name.size() && std::isalnum(static_cast<unsigned char>(name[place])) != 0;
    };
    if ((at == 0 || !letter(at - 1)) && !letter(at + model.size())) return true;
  }
  return false;
}

/// GA100 (A100, A30, A800): device ids 0x2080 to 0x20ff in the PCI ID Repository.
bool is_ga100(std::uint32_t device_id) {
  return device_id >= 0x2080 && device_id <= 0x20ff;
}

/// "On Ampere (except GA100) or newer GPUs, the API returns power averaged over 1 sec
/// interval. On GA100 and older GPUs, instantaneous power is returned." NVML reference,
/// nvmlDeviceGetPowerUsage. Not known of an architecture that does not say which it is.
std::optional<bool> usage_is_averaged(const Library& library, Device handle,
                                      std::uint32_t device_id) {
  if (is_ga100(device_id)) return false;
  std::uint32_t architecture = 0;
  if (library.architecture == nullptr || library.architecture(handle, &architecture) != kSuccess)
    return std::nullopt;
  return architecture >= kAmpere;
}

Value64 read_field(const Library& library, Device handle, std::uint32_t field,
                   std::uint32_t scope) {
  if (library.field_values == nullptr) return {0, kFunctionNotFound};
  FieldValue entry{};
  entry.field_id = field;
  entry.scope_id = scope;
  if (const int code = library.field_values(handle, 1, &entry); code != kSuccess) return {0, code};
  if (entry.result != kSuccess) return {0, entry.result};
  switch (entry.value_type) {
    case 0:
      if (!(entry.value.as_double >= 0.0 && entry.value.as_double < 1e18)) break;
      return {static_cast<std::uint64_t>(std::llround(entry.value.as_double)), kSuccess};
    case 1: return {entry.value.as_uint, kSuccess};
    case 2: return {entry.value.as_ulong, kSuccess};
    case 3: return {entry.value.as_ull, kSuccess};
    case 4:
      if (entry.value.as_sll < 0) break;
      return {static_cast<std::uint64_t>(entry.value.as_sll), kSuccess};
    default: break;
  }
  return {0, kNotSupported};  // no number that can be a power
}

/// A board of Grace and Hopper: its counter covers both.
bool is_module(const Library& library, Device handle, std::string_view name) {
  return is_model(name, "GH200") || is_model(name, "GB200") ||
         read_field(library, handle, kPowerInstant, kScopeModule).code == kSuccess;
}

void as_energy(Signal& signal) {
  signal.kind = Kind::kEnergy;
  signal.provenance = record::Provenance::kMeasured;
  signal.unit = "mJ";
  signal.si_per_unit = 1e-3;
  signal.update_period_ns = kUpdatePeriod_ns;
}

void as_power(Signal& signal, Way way, std::optional<bool> usage_averaged, std::string_view name) {
  const bool averaged =
      way == Way::kAveragePower || (way == Way::kPowerUsage && usage_averaged.value_or(true));
  signal.kind = averaged ? Kind::kPowerAveraged : Kind::kPower;
  signal.provenance =
      averaged ? record::Provenance::kDeviceAveraged : record::Provenance::kMeasured;
  if (way == Way::kAveragePower || (way == Way::kPowerUsage && usage_averaged == true))
    signal.averaging_ns = kSecond_ns;
  // A quarter of the time, 25 ms in 100 ms: Yang, Adamek, Armour, as above.
  if (is_model(name, "A100") || is_model(name, "H100")) signal.sampled_share = 0.25;
  signal.unit = "mW";
  signal.si_per_unit = 1e-3;
  signal.update_period_ns = kUpdatePeriod_ns;
}

void refuse(Signal& signal, const Library& library, int code) {
  signal.readable = false;
  signal.provenance = record::Provenance::kAbsent;
  signal.reason = "neither energy nor power can be read: " + words(library, code);
  if (code == kNoPermission) signal.remedy = "chmod a+rw /dev/nvidiactl /dev/nvidia[0-9]*";
}

/// The best way that answers, and the answer of the first that was refused.
void choose_way(const Library& library, Gpu& gpu, std::uint32_t device_id) {
  constexpr std::array kWays{Way::kTotalEnergy, Way::kInstantPower, Way::kAveragePower,
                             Way::kPowerUsage};
  int refused = kNotSupported;
  for (const Way way : kWays) {
    const Value64 tried = read(library, gpu.handle, way, gpu.scope);
    if (tried.code != kSuccess) {
      if (refused == kNotSupported && tried.code != kFunctionNotFound) refused = tried.code;
      continue;
    }
    gpu.way = way;
    gpu.signal.readable = true;
    if (way == Way::kTotalEnergy) return as_energy(gpu.signal);
    return as_power(gpu.signal, way, usage_is_averaged(library, gpu.handle, device_id),
                    gpu.signal.device);
  }
  as_energy(gpu.signal);
  refuse(gpu.signal, library, refused);
}

}  // namespace

base::Result<Gpu> describe(const Library& library, Device handle, std::vector<std::string>& notes) {
  std::array<char, kUuidSize + 1> uuid{};
  PciInfo pci{};
  if (const int code = library.uuid(handle, uuid.data(), kUuidSize); code != kSuccess)
    return base::Error{base::Errc::kIo, words(library, code), "nvmlDeviceGetUUID", 0, {}};
  if (const int code = library.pci_info(handle, &pci); code != kSuccess)
    return base::Error{base::Errc::kIo, words(library, code), "nvmlDeviceGetPciInfo_v3", 0, {}};
  std::array<char, kNameSize + 1> name{};
  if (library.name(handle, name.data(), kNameSize) != kSuccess) name[0] = '\0';

  Gpu gpu;
  gpu.handle = handle;
  Signal& signal = gpu.signal;
  signal.source = "nvml";
  signal.uuid = uuid.data();
  signal.id = "nvml:" + signal.uuid;
  signal.device = name[0] != '\0' ? std::string(name.data()) : "NVIDIA GPU " + signal.uuid;
  signal.pci = pci_address(pci.domain, pci.bus, pci.device, 0);
  signal.domain = record::Domain::kGpu;
  if (is_module(library, handle, signal.device)) {
    signal.domain = record::Domain::kModule;
    gpu.scope = kScopeModule;
  }
  choose_way(library, gpu, pci.pci_device_id >> 16);

  unsigned now = 0;
  unsigned next = 0;
  if (library.mig_mode != nullptr && library.mig_mode(handle, &now, &next) == kSuccess &&
      now == kMigEnabled)
    notes.push_back(signal.id + " (" + signal.pci +
                    ") is cut into MIG slices: its figure is that of the whole card; what one "
                    "slice uses is not known");
  return gpu;
}

Value64 read(const Library& library, Device handle, Way way, std::uint32_t scope) {
  switch (way) {
    case Way::kTotalEnergy: {
      unsigned long long energy_mj = 0;
      if (library.total_energy == nullptr) return {0, kFunctionNotFound};
      const int code = library.total_energy(handle, &energy_mj);
      return {energy_mj, code};
    }
    case Way::kInstantPower: return read_field(library, handle, kPowerInstant, scope);
    case Way::kAveragePower: return read_field(library, handle, kPowerAverage, scope);
    case Way::kPowerUsage: {
      unsigned power_mw = 0;
      if (library.power_usage == nullptr) return {0, kFunctionNotFound};
      const int code = library.power_usage(handle, &power_mw);
      return {power_mw, code};
    }
  }
  return {0, kNotSupported};
}

}  // namespace joulepath::sensors::nvml
