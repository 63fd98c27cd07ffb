// A signal: one thing a sensor reports, with all that is needed to turn its raw
// integer into joules and to keep it from being counted twice. The same description
// travels from the backend through the trace to the report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace joulepath::record {

/// What the signal covers. Scopes that contain others are never added to them.
enum class Domain : std::uint8_t {
  kNode,      ///< the whole node, at the supply or the board
  kPlatform,  ///< psys: contains the package
  kPackage,   ///< a CPU socket, or one die of it
  kCore,      ///< the cores of a package (PP0), or one core
  kUncore,    ///< the integrated GPU or uncore of a package (PP1)
  kDram,
  kGpu,
  kModule,  ///< CPU and GPU on one board (GH200)
  kOther,
};

/// What a raw reading means.
enum class Kind : std::uint8_t {
  kEnergy,         ///< counter: only differences mean anything
  kPower,          ///< instantaneous
  kPowerAveraged,  ///< averaged by the device over its window
};

/// How far a figure can be trusted.
enum class Provenance : std::uint8_t {
  kMeasured,        ///< the device's own counter
  kDeviceAveraged,  ///< power that the device averaged
  kEstimated,       ///< from a model, no sensor involved
  kAbsent,          ///< not to be had; the reason is said
};

std::string_view to_string(Domain domain);
std::string_view to_string(Kind kind);
std::string_view to_string(Provenance provenance);
std::optional<Domain> domain_from(std::string_view name);
std::optional<Kind> kind_from(std::string_view name);
std::optional<Provenance> provenance_from(std::string_view name);

/// Ids are unique within a node and stable over restarts: "powercap:intel-rapl:0".
struct Signal {
  std::string id;
  Domain domain = Domain::kOther;
  std::string device;  ///< as the system names it: "package-0-die-1"
  int socket = -1;     ///< physical package id; -1: not of one socket
  std::string pci;     ///< "0000:81:00.0"; empty: no PCI device
  std::string uuid;    ///< as the vendor's library says it; empty: none
  Kind kind = Kind::kEnergy;
  std::string unit;                   ///< of the raw integer: "uJ", "mJ", "2^-14 J", "uW"
  double si_per_unit = 1.0;           ///< joules (or watts) for one raw unit
  std::uint64_t modulus = 0;          ///< raw counts at which it wraps; 0: never
  std::int64_t update_period_ns = 0;  ///< between updates of the device; 0: unknown
  /// Of kPowerAveraged: each reading is the mean over this time before it; 0: not known.
  std::int64_t averaging_ns = 0;
  /// Of power: part of the time in which the device samples at all, up to 1. NVIDIA A100
  /// and H100 sample a quarter (Yang, Adamek, Armour, "Part-time power measurements", SC24).
  double sampled_share = 1.0;
  /// Read at least so often, or what it counted is lost though no reading shows it; 0: no
  /// such limit (that of the modulus is known).
  std::int64_t longest_gap_ns = 0;
  std::string source;  ///< the backend: "powercap"
  Provenance provenance = Provenance::kMeasured;
  /// Relative half-width of a model's error; 0 for sensors (their bounds come from
  /// the reading intervals). An estimate says here how far off it may be.
  double relative_error = 0.0;
  bool counted = false;      ///< part of the node's total
  std::string contained_in;  ///< id of the signal whose figure already includes this one
  std::string excluded_by;   ///< id of the signal that reports the same joules, preferred
  bool readable = false;
  std::string reason;  ///< why it is not readable, or not counted
  std::string remedy;  ///< the one thing an administrator or user would do
};

/// The GPU that a signal is of, as ProcessRow::gpus names it: its PCI address, else its UUID.
/// Empty: no GPU, or none that is known by name.
[[nodiscard]] std::string_view gpu_of(const Signal& signal);

/// One raw reading. The value was taken at some moment in [t_lo_ns, t_hi_ns].
struct Reading {
  std::int64_t t_lo_ns = 0;
  std::int64_t t_hi_ns = 0;
  std::uint64_t raw = 0;

  [[nodiscard]] std::int64_t middle_ns() const { return t_lo_ns + (t_hi_ns - t_lo_ns) / 2; }
};

}  // namespace joulepath::record
