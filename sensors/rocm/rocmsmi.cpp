#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "sensors/api/shared_library.hpp"
#include "sensors/rocm/library.hpp"

namespace joulepath::sensors::rocm {
namespace {

/// rsmi_status_t.
int errno_of(int status) {
  switch (status) {
    case 0: return 0;
    case 1: return EINVAL;    // INVALID_ARGS
    case 2: return ENOTSUP;   // NOT_SUPPORTED
    case 4: return EACCES;    // PERMISSION
    case 9: return ENOTSUP;   // NOT_YET_IMPLEMENTED
    case 10: return ENODEV;   // NOT_FOUND
    case 11: return ENODATA;  // INSUFFICIENT_SIZE
    case 14: return ENODATA;  // NO_DATA
    case 16: return EBUSY;    // BUSY
    default: return EIO;
  }
}

class RocmSmi final : public Smi {
 public:
  explicit RocmSmi(RocmSmiFunctions functions) : call_(std::move(functions)) {}
  RocmSmi(const RocmSmi&) = delete;
  RocmSmi& operator=(const RocmSmi&) = delete;
  ~RocmSmi() override { call_.shut_down(); }

  [[nodiscard]] std::string_view name() const override { return "ROCm SMI"; }
  [[nodiscard]] std::vector<Device> devices() override {
    std::uint32_t count = 0;
    if (call_.count(&count) != 0) return {};
    std::vector<Device> all;
    for (std::uint32_t at = 0; at < count; ++at) all.push_back(at);
    return all;
  }
  int pci_id(Device device, std::uint64_t& bdf) noexcept override {
    return errno_of(call_.pci_id(index(device), &bdf));
  }
  int device_id(Device device, std::uint16_t& id) noexcept override {
    return errno_of(call_.device_id(index(device), &id));
  }
  int energy(Device device, Energy& energy) noexcept override {
    return errno_of(
        call_.energy(index(device), &energy.counts, &energy.uj_per_count, &energy.timestamp_ns));
  }
  int power_uw(Device device, std::uint64_t& power_uw) noexcept override {
    if (call_.power == nullptr) return ENOSYS;
    return errno_of(call_.power(index(device), 0, &power_uw));
  }
  std::string model(Device device) override {
    std::array<char, 256> text{};
    if (call_.name(index(device), text.data(), text.size() - 1) != 0) return {};
    return text.data();
  }

 private:
  static std::uint32_t index(Device device) { return static_cast<std::uint32_t>(device); }
  RocmSmiFunctions call_;
};

}  // namespace

base::Result<RocmSmiFunctions> open_rocm_smi() {
  // Its number goes with ROCm's: 1 as Debian has it, 5 to 7 from AMD.
  constexpr std::array kNames{"librocm_smi64.so.7", "librocm_smi64.so.6", "librocm_smi64.so.5",
                              "librocm_smi64.so.1", "librocm_smi64.so"};
  const auto library = SharedLibrary::open(kNames);
  if (!library) return library.error();
  RocmSmiFunctions call;
  library->fill(call.power, "rsmi_dev_power_ave_get");
  NeededFunctions needed(*library);
  needed.find("rsmi_init", call.init);
  needed.find("rsmi_shut_down", call.shut_down);
  needed.find("rsmi_num_monitor_devices", call.count);
  needed.find("rsmi_dev_pci_id_get", call.pci_id);
  needed.find("rsmi_dev_id_get", call.device_id);
  needed.find("rsmi_dev_name_get", call.name);
  needed.find("rsmi_dev_energy_count_get", call.energy);
  if (!needed.missing_name().empty())
    return base::Error{base::Errc::kIo, "lacks a function that ROCm 5.0 has", "librocm_smi64", 0,
                       "install a newer ROCm"};
  return call;
}

base::Result<std::unique_ptr<Smi>> start(const RocmSmiFunctions& functions) {
  if (const int status = functions.init(0); status != 0)
    return base::Error{base::Errc::kIo,
                       "does not start (status " + std::to_string(status) + ")",
                       "ROCm SMI",
                       errno_of(status),
                       {}};
  return std::unique_ptr<Smi>(std::make_unique<RocmSmi>(functions));
}

}  // namespace joulepath::sensors::rocm
