#include "sensors/dimm/dimm.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/file.hpp"
#include "sensors/dimm/modules.hpp"

namespace joulepath::sensors::dimm {
namespace {

using record::Signal;

constexpr std::string_view kName = "dimm";
constexpr std::int64_t kNsPerS = 1'000'000'000;

/// One module: from 2 to 8 W.
/// - CodeCarbon 3, codecarbon/external/ram.py: 5 W for each x86 module;
/// - Tom's Hardware, "Measuring DDR4 Power Consumption" (2014): 2.98 W for a module of 8 GB
///   under load, 11.85 W for four.
/// Size, ranks and load are not looked at: that is what the error is for.
constexpr std::uint64_t kModuleUw = 5'000'000;
constexpr double kRelativeError = 0.6;

class DimmSource final : public Source {
 public:
  DimmSource(const base::Clock& clock, Signal signal, std::uint64_t power_uw)
      : clock_(clock),
        signal_(std::move(signal)),
        power_uw_(power_uw),
        start_ns_(clock.monotonic_ns()) {}

  [[nodiscard]] std::span<const Signal> signals() const override { return {&signal_, 1}; }

  void sample(Sink& sink) noexcept override {
    if (!signal_.readable) return;
    const std::int64_t now_ns = clock_.monotonic_ns();
    const auto past_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(now_ns - start_ns_, 0));
    constexpr std::uint64_t kSecond = kNsPerS;
    // In two parts: the product of both would pass 64 bits after a minute.
    const std::uint64_t energy_uj =
        past_ns / kSecond * power_uw_ + past_ns % kSecond * power_uw_ / kSecond;
    sink.reading(0, {now_ns, now_ns, energy_uj});
  }

 private:
  const base::Clock& clock_;
  Signal signal_;
  std::uint64_t power_uw_;
  std::int64_t start_ns_;
};

/// The modules, or why they are not known.
struct Inventory {
  std::vector<Module> modules;
  std::string absent;  ///< not empty: nothing here says what is plugged in
  std::string reason;  ///< not empty: something does, and we cannot use it
  std::string remedy;
};

Inventory take_inventory(const Environment& environment) {
  Inventory inventory;
  const auto path = environment.sysfs_root / "firmware/dmi/tables/DMI";
  const auto table = base::read_file(path);
  if (table) {
    const std::vector<std::uint8_t> bytes(table->begin(), table->end());
    if (auto modules = modules_in(bytes); modules && !modules->empty()) {
      inventory.modules = std::move(*modules);
      return inventory;
    }
  }
  EdacModules edac = edac_modules(environment.sysfs_root);
  if (!edac.only_ranks && !edac.modules.empty()) {
    inventory.modules = std::move(edac.modules);
    return inventory;
  }
  if (!table && table.error().code == base::Errc::kPermission) {
    inventory.reason = path.string() + ": " + std::strerror(table.error().sys_errno);
    if (edac.only_ranks) inventory.reason += "; EDAC lists ranks here, which tell no modules";
    inventory.remedy = "chgrp joulepath " + path.string() + " && chmod 0440 " + path.string() +
                       " (it holds serial numbers)";
  } else if (table) {
    inventory.reason = path.string() + ": has no memory modules, or is damaged";
  } else {
    inventory.absent = path.string() + " and EDAC tell of no memory modules";
  }
  return inventory;
}

Discovery discover(const Environment& environment) {
  Discovery discovery;
  Inventory inventory = take_inventory(environment);
  const std::size_t count = inventory.modules.size();
  // Virtual machines call their memory plain "RAM"; HBM and soldered memory are other things.
  if (std::any_of(inventory.modules.begin(), inventory.modules.end(),
                  [](const Module& module) { return module.type.empty(); }))
    inventory.absent = "memory of a kind for which there is no figure (not DDR3, DDR4 or DDR5)";
  if (!inventory.absent.empty()) {
    discovery.absent = std::move(inventory.absent);
    return discovery;
  }
  Signal signal;
  signal.id = std::string(kName) + ":dram";
  signal.domain = record::Domain::kDram;
  signal.device = count == 0 ? "dram" : std::to_string(count) + " memory modules";
  signal.unit = "uJ";
  signal.si_per_unit = 1e-6;
  signal.source = kName;
  signal.readable = inventory.reason.empty();
  signal.provenance =
      signal.readable ? record::Provenance::kEstimated : record::Provenance::kAbsent;
  signal.relative_error = signal.readable ? kRelativeError : 0.0;
  signal.reason = std::move(inventory.reason);
  signal.remedy = std::move(inventory.remedy);
  discovery.source =
      std::make_unique<DimmSource>(*environment.clock, std::move(signal), count * kModuleUw);
  return discovery;
}

}  // namespace

constinit const Backend kBackend{
    kName, "estimate of the memory's energy from its modules; only without a counter", 1, false,
    discover};

}  // namespace joulepath::sensors::dimm
