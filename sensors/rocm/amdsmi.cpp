#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "sensors/api/shared_library.hpp"
#include "sensors/rocm/library.hpp"

namespace joulepath::sensors::rocm {
namespace {

constexpr std::uint64_t kGpusOnly = 1u << 1;  ///< AMDSMI_INIT_AMD_GPUS

/// amdsmi_status_t.
int errno_of(int status) {
  switch (status) {
    case 0: return 0;
    case 1: return EINVAL;     // INVAL
    case 2:                    // NOT_SUPPORTED
    case 3: return ENOTSUP;    // NOT_YET_IMPLEMENTED
    case 8: return ETIMEDOUT;  // TIMEOUT
    case 9: return EAGAIN;     // RETRY
    case 10: return EACCES;    // NO_PERM
    case 30: return EBUSY;     // BUSY
    case 31:                   // NOT_FOUND
    case 32: return ENODEV;    // NOT_INIT
    case 40: return ENODATA;   // NO_DATA
    default: return EIO;
  }
}

void* handle(Device device) {
  return reinterpret_cast<void*>(device);
}

class AmdSmi final : public Smi {
 public:
  explicit AmdSmi(AmdSmiFunctions functions) : call_(std::move(functions)) {}
  AmdSmi(const AmdSmi&) = delete;
  AmdSmi& operator=(const AmdSmi&) = delete;
  ~AmdSmi() override { call_.shut_down(); }

  [[nodiscard]] std::string_view name() const override { return "AMD SMI"; }
  [[nodiscard]] std::vector<Device> devices() override {
    std::vector<Device> all;
    const auto list = [](auto get) {
      std::uint32_t count = 0;
      std::vector<void*> handles;
      if (get(&count, nullptr) != 0 || count == 0) return handles;
      handles.resize(count);
      if (get(&count, handles.data()) != 0) count = 0;
      handles.resize(std::min<std::size_t>(count, handles.size()));
      return handles;
    };
    const auto sockets =
        list([&](std::uint32_t* count, void** out) { return call_.sockets(count, out); });
    for (void* socket : sockets)
      for (void* processor : list([&](std::uint32_t*count, void**out) {
             return call_.processors(socket, count, out);
           }))
        all.push_back(reinterpret_cast<Device>(processor));
    return all;
  }
  int pci_id(Device device, std::uint64_t& bdf) noexcept override {
    return errno_of(call_.pci_id(handle(device), &bdf));
  }
  int device_id(Device device, std::uint16_t& id) noexcept override {
    return errno_of(call_.device_id(handle(device), &id));
  }
  int energy(Device device, Energy& energy) noexcept override {
    return errno_of(
        call_.energy(handle(device), &energy.counts, &energy.uj_per_count, &energy.timestamp_ns));
  }
  int power_uw(Device, std::uint64_t&) noexcept override { return ENOSYS; }
  std::string model(Device) override { return {}; }

 private:
  AmdSmiFunctions call_;
};

}  // namespace

base::Result<AmdSmiFunctions> open_amd_smi() {
  // Its number is that of the interface, 24 to 26 so far.
  constexpr std::array kNames{"libamd_smi.so.26", "libamd_smi.so.25", "libamd_smi.so.24",
                              "libamd_smi.so"};
  const auto library = SharedLibrary::open(kNames);
  if (!library) return library.error();
  AmdSmiFunctions call;
  NeededFunctions needed(*library);
  needed.find("amdsmi_init", call.init);
  needed.find("amdsmi_shut_down", call.shut_down);
  needed.find("amdsmi_get_socket_handles", call.sockets);
  needed.find("amdsmi_get_processor_handles", call.processors);
  needed.find("amdsmi_get_gpu_bdf_id", call.pci_id);
  needed.find("amdsmi_get_gpu_id", call.device_id);
  needed.find("amdsmi_get_energy_count", call.energy);
  if (!needed.missing_name().empty())
    return base::Error{base::Errc::kIo, "lacks a function that ROCm 6.0 has", "libamd_smi", 0,
                       "install a newer ROCm"};
  return call;
}

base::Result<std::unique_ptr<Smi>> start(const AmdSmiFunctions& functions) {
  if (const int status = functions.init(kGpusOnly); status != 0)
    return base::Error{base::Errc::kIo,
                       "does not start (status " + std::to_string(status) + ")",
                       "AMD SMI",
                       errno_of(status),
                       {}};
  return std::unique_ptr<Smi>(std::make_unique<AmdSmi>(functions));
}

}  // namespace joulepath::sensors::rocm
