#include "sensors/levelzero/levelzero.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sensors/api/shared_library.hpp"
#include "sensors/levelzero/domains.hpp"

namespace joulepath::sensors::levelzero {
namespace {

constexpr std::string_view kName = "levelzero";

class Counters final : public SlowDevice {
 public:
  Counters(const Library& library, std::vector<Power> handles)
      : library_(library), handles_(std::move(handles)) {}

  Read read(std::size_t signal) noexcept override {
    EnergyCounter counter{};
    const std::uint32_t code = library_.energy(handles_[signal], &counter);
    constexpr std::uint64_t kMost_us = INT64_MAX / 1000;
    const std::uint64_t at_us = std::min(counter.timestamp_us, kMost_us);
    return {counter.energy_uj, errno_of(code), static_cast<std::int64_t>(at_us) * 1000};
  }

 private:
  Library library_;
  std::vector<Power> handles_;
};

/// A variable of the environment for a moment, so that no program we start inherits it.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* now = ::getenv(name)) before_ = now;
    ::setenv(name, value, 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

/// All that `get` lists; empty also when it fails, as without drivers.
template <class Get>
std::vector<void*> list(Get get) {
  std::uint32_t count = 0;
  if (get(&count, nullptr) != kSuccess || count == 0) return {};
  std::vector<void*> all(count);
  if (get(&count, all.data()) != kSuccess) return {};
  all.resize(std::min<std::size_t>(count, all.size()));
  return all;
}

template <class Drivers, class Devices>
std::vector<Device> devices_of(Drivers drivers, Devices devices) {
  std::vector<Device> all;
  for (Driver driver : list(drivers)) {
    const auto of_driver =
        list([&](std::uint32_t* count, Device* out) { return devices(driver, count, out); });
    all.insert(all.end(), of_driver.begin(), of_driver.end());
  }
  return all;
}

/// By zesInit, else by way of the core interface: "ZES_ENABLE_SYSMAN=1" and zeInit
/// (specification, Sysman, "Initialization"). `code` says why there is none.
std::vector<Device> find_devices(const Library& library, std::uint32_t& code) {
  if (library.sysman_init != nullptr) {
    code = library.sysman_init(0);
    if (code == kSuccess) {
      auto devices = devices_of(library.sysman_drivers, library.sysman_devices);
      if (!devices.empty()) return devices;
    }
  }
  const Variable enabled("ZES_ENABLE_SYSMAN", "1");
  code = library.core_init(0);
  if (code != kSuccess) return {};
  return devices_of(library.core_drivers, library.core_devices);
}

Discovery discover(const Environment& environment) {
  return discover_by_library<Library>(environment, open_library,
                                      "libze_loader.so.1 is not installed: no Level Zero",
                                      [](const Library& library, const base::Clock& clock) {
                                        return discover_with(library, clock);
                                      });
}

}  // namespace

Discovery discover_with(const Library& library, const base::Clock& clock,
                        BackgroundSource::Rounds rounds) {
  Discovery discovery;
  std::uint32_t code = kSuccess;
  const std::vector<Device> devices = find_devices(library, code);
  if (devices.empty()) {
    discovery.absent = code == kSuccess ? "no driver shows a GPU" : "zeInit: " + words(code);
    return discovery;
  }
  std::vector<Card> cards;
  for (const Device device : devices) {
    auto card = describe(library, device);
    if (!card) {
      if (card.error().code != base::Errc::kNotFound)
        discovery.notes.push_back("a GPU cannot be read: " + card.error().message());
      continue;
    }
    // With ZE_FLAT_DEVICE_HIERARCHY=FLAT each tile is a device, with all of its card's domains.
    const auto same = [&](const Card& other) { return other.pci == card->pci; };
    if (std::any_of(cards.begin(), cards.end(), same)) continue;
    if (card->domains.empty())
      discovery.notes.push_back("levelzero:" + card->pci +
                                ": the driver shows no power domain: its energy is not known");
    cards.push_back(*std::move(card));
  }
  if (::getenv("ZE_AFFINITY_MASK") != nullptr)
    discovery.notes.emplace_back("ZE_AFFINITY_MASK is set: GPUs that it leaves out are not seen");
  std::sort(cards.begin(), cards.end(), [](const Card& a, const Card& b) { return a.pci < b.pci; });
  std::vector<record::Signal> signals;
  std::vector<Power> handles;
  for (Card& card : cards)
    for (Domain& domain : card.domains) {
      signals.push_back(std::move(domain.signal));
      handles.push_back(domain.handle);
    }
  if (signals.empty()) {
    if (discovery.notes.empty()) discovery.absent = "no driver shows a GPU";
    return discovery;
  }
  discovery.source = std::make_unique<BackgroundSource>(
      std::move(signals), std::make_unique<Counters>(library, std::move(handles)), clock,
      "jp-levelzero", rounds);
  return discovery;
}

constinit const Backend kBackend{kName, "energy of Intel GPUs, by Level Zero's Sysman", 55, false,
                                 discover};

}  // namespace joulepath::sensors::levelzero
