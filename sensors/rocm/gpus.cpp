#include "sensors/rocm/gpus.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "sensors/api/refusal.hpp"
#include "sensors/api/shared_library.hpp"

namespace joulepath::sensors::rocm {
namespace {

using record::Signal;

/// How often the counter changes is not documented; no slower than this is known of any. The
/// recorder measures it.
constexpr std::int64_t kUpdatePeriod_ns = 100'000'000;

/// "BDFID = ((DOMAIN & 0xffffffff) << 32) | ((BUS & 0xff) << 8) | ((DEVICE & 0x1f) << 3) |
/// (FUNCTION & 0x7)": rocm_smi.h, rsmi_dev_pci_id_get. The bits between are a partition's
/// number in later versions.
std::string pci_of(std::uint64_t bdf) {
  return pci_address(static_cast<unsigned>(bdf >> 32), static_cast<unsigned>(bdf >> 8 & 0xff),
                     static_cast<unsigned>(bdf >> 3 & 0x1f), static_cast<unsigned>(bdf & 0x7));
}

/// MI250 and MI250X, two dies on one card, each a device of its own: ids 0x7408 and 0x740c in
/// the PCI ID Repository (0x740f, MI210, has one die).
bool has_two_dies(std::uint16_t id) {
  return id == 0x7408 || id == 0x740c;
}

bool is_a_resolution(float uj_per_count) {
  return uj_per_count > 0.0f && uj_per_count < 1e6f;
}

std::string unit_of(float uj_per_count) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g uJ", static_cast<double>(uj_per_count));
  return text.data();
}

void refuse(Signal& signal, const Smi& smi, int sys_errno) {
  signal.readable = false;
  signal.provenance = record::Provenance::kAbsent;
  signal.reason = "neither energy nor power can be read: " + errno_words(sys_errno) + " (" +
                  std::string(smi.name()) + ")";
  if (sys_errno == EACCES) signal.remedy = "usermod -a -G render,video USER";
}

void choose_way(Smi& smi, Gpu& gpu) {
  Signal& signal = gpu.signal;
  Energy energy;
  const int refused = smi.energy(gpu.device, energy);
  signal.kind = record::Kind::kEnergy;
  signal.unit = "counts";
  signal.update_period_ns = kUpdatePeriod_ns;
  if (refused == 0 && is_a_resolution(energy.uj_per_count)) {
    signal.unit = unit_of(energy.uj_per_count);
    signal.si_per_unit = static_cast<double>(energy.uj_per_count) * 1e-6;
    // Counted on before: 0 is what is shown where there is none.
    signal.readable = energy.counts != 0;
    if (signal.readable) return;
  }
  std::uint64_t power_uw = 0;
  const int no_power = smi.power_uw(gpu.device, power_uw);
  if (no_power != 0) return refuse(signal, smi, refused != 0 ? refused : ENODATA);
  signal.kind = record::Kind::kPowerAveraged;
  signal.provenance = record::Provenance::kDeviceAveraged;
  signal.unit = "uW";
  signal.si_per_unit = 1e-6;
  signal.readable = true;
}

/// Of a card with two dies the first reports both, the second 0 or nothing ("The secondary
/// dies lacks power management features": ROCm, rocm_smi.py, checkIfSecondaryDie).
void join_dies(std::vector<Gpu>& gpus) {
  const Gpu* first = nullptr;
  for (Gpu& gpu : gpus) {
    if (!has_two_dies(gpu.id)) {
      first = nullptr;
      continue;
    }
    Signal& signal = gpu.signal;
    if (signal.readable && signal.kind == record::Kind::kEnergy) {
      first = &gpu;
      continue;
    }
    // Whatever it may still show as power is in the first die's figure.
    signal.kind = record::Kind::kEnergy;
    signal.readable = false;
    signal.provenance = record::Provenance::kAbsent;
    signal.remedy.clear();
    signal.reason = "second die of its card: what it uses is in the first die's figure";
    if (first != nullptr) signal.contained_in = first->signal.id;
    first = nullptr;
  }
}

}  // namespace

std::vector<Gpu> find_gpus(Smi& smi, std::vector<std::string>& notes) {
  std::vector<Gpu> gpus;
  for (const Device device : smi.devices()) {
    Gpu gpu;
    gpu.device = device;
    std::uint64_t bdf = 0;
    if (const int sys_errno = smi.pci_id(device, bdf); sys_errno != 0) {
      notes.push_back("a GPU does not tell its PCI address and is left out: " +
                      errno_words(sys_errno));
      continue;
    }
    if (smi.device_id(device, gpu.id) != 0) gpu.id = 0;
    Signal& signal = gpu.signal;
    signal.pci = pci_of(bdf);
    // Partitions of one GPU are devices with one address, and report the whole's energy.
    const auto same = [&](const Gpu& other) { return other.signal.pci == signal.pci; };
    if (std::any_of(gpus.begin(), gpus.end(), same)) continue;
    signal.id = "rocm:" + signal.pci;
    signal.source = "rocm";
    signal.domain = record::Domain::kGpu;
    const std::string model = smi.model(device);
    signal.device = model.empty() ? "AMD GPU " + signal.pci : model;
    choose_way(smi, gpu);
    gpus.push_back(std::move(gpu));
  }
  std::sort(gpus.begin(), gpus.end(),
            [](const Gpu& a, const Gpu& b) { return a.signal.pci < b.signal.pci; });
  join_dies(gpus);
  return gpus;
}

}  // namespace joulepath::sensors::rocm
