#include "sensors/perf/pmu.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

#include "core/base/file.hpp"
#include "core/base/number_list.hpp"
#include "sensors/api/cpu_topology.hpp"

namespace joulepath::sensors::perf {
namespace {

namespace fs = std::filesystem;
using record::Domain;

/// Names and scopes: Linux arch/x86/events/rapl.c, the comment at its head.
constexpr std::array<std::pair<std::string_view, Domain>, 6> kEvents{{
    {"energy-pkg", Domain::kPackage},
    {"energy-cores", Domain::kCore},
    {"energy-core", Domain::kCore},  // of power_core
    {"energy-gpu", Domain::kUncore},
    {"energy-ram", Domain::kDram},
    {"energy-psys", Domain::kPlatform},
}};

/// The text without white space around it; empty: it cannot be read.
std::string text_in(const fs::path& file) {
  const auto text = base::read_file(file);
  return text ? std::string(base::trimmed(*text)) : std::string();
}

/// A whole number, with "0x" before a hexadecimal one.
std::optional<std::uint64_t> number(std::string_view text) {
  if (!text.starts_with("0x")) return base::parse_u64(text);
  text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The first bit of "config:0-7" or "config:3", and the highest value that fits.
struct Field {
  std::uint64_t shift = 0;
  std::uint64_t highest = 0;
};
std::optional<Field> field_of(std::string_view format) {
  constexpr std::string_view kConfig = "config:";
  if (!format.starts_with(kConfig)) return std::nullopt;  // config1, config2: not of this PMU
  format.remove_prefix(kConfig.size());
  const auto dash = format.find('-');
  const auto low = base::parse_u64(format.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : base::parse_u64(format.substr(dash + 1));
  if (!low || !high || *high < *low || *high > 63) return std::nullopt;
  return Field{*low, ~std::uint64_t{0} >> (63 - (*high - *low))};
}

std::optional<double> positive(const std::string& text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || value <= 0) return std::nullopt;
  return value;
}

/// "2^-32 J" where the scale is a power of two, else the kernel's own digits.
std::string unit_of(double scale, const std::string& text) {
  int exponent = 0;
  if (std::frexp(scale, &exponent) == 0.5) return "2^" + std::to_string(exponent - 1) + " J";
  return text + " J";
}

/// The event, or why it cannot be used.
base::Result<Event> read_event(const fs::path& folder, const std::string& name, Domain domain) {
  const fs::path file = folder / "events" / name;
  const auto refuse = [&](const std::string& what) {
    return base::Error{base::Errc::kFormat, what + "; not read", file.string(), 0, {}};
  };
  const std::string terms = text_in(file);
  const auto config = config_of(terms, folder / "format");
  if (!config) return refuse("'" + terms + "' is not understood");
  const std::string unit = text_in(file.string() + ".unit");
  if (unit != "Joules") return refuse("its unit is '" + unit + "', not Joules");
  const std::string scale_text = text_in(file.string() + ".scale");
  const auto scale = positive(scale_text);
  if (!scale) return refuse("its scale '" + scale_text + "' is no positive number");
  return Event{name, *config, domain, *scale, unit_of(*scale, scale_text)};
}

std::vector<std::string> event_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    std::string name = at->path().filename().string();
    if (name.find('.') == std::string::npos) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

void read_events(Pmu& pmu, const fs::path& folder) {
  const std::vector<std::string> names = event_names(folder / "events");
  for (const auto& [name, domain] : kEvents) {
    if (std::find(names.begin(), names.end(), name) == names.end()) continue;
    if (auto event = read_event(folder, std::string(name), domain))
      pmu.events.push_back(*std::move(event));
    else
      pmu.notes.push_back(event.error().message());
  }
  for (const std::string& name : names) {
    const bool known = std::any_of(kEvents.begin(), kEvents.end(),
                                   [&](const auto& event) { return event.first == name; });
    if (!known) pmu.notes.push_back("event " + name + " is not known; not read");
  }
}

}  // namespace

std::optional<std::uint64_t> config_of(std::string_view event, const fs::path& format_folder) {
  std::uint64_t config = 0;
  for (bool more = true; more;) {
    const auto comma = event.find(',');
    more = comma != std::string_view::npos;
    const std::string_view term = event.substr(0, comma);
    event.remove_prefix(more ? comma + 1 : event.size());
    const auto equals = term.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = term.substr(0, equals);
    if (name.empty() || name.find('/') != std::string_view::npos) return std::nullopt;
    const auto value = number(term.substr(equals + 1));
    const auto field = field_of(text_in(format_folder / name));
    if (!value || !field || *value > field->highest) return std::nullopt;
    config |= *value << field->shift;
  }
  return config;
}

base::Result<Pmu> read_pmu(const fs::path& folder) {
  const auto type = base::read_file(folder / "type");
  if (!type) return type.error();
  const auto bad = [&](const char* file, const char* what) {
    return base::Error{base::Errc::kFormat, what, (folder / file).string(), 0, {}};
  };
  Pmu pmu;
  const auto id = base::parse_u64(*type);
  if (!id || *id > 0xffffffffu) return bad("type", "is no number of a PMU");
  pmu.type = static_cast<std::uint32_t>(*id);
  const auto cpus = base::parse_number_list(text_in(folder / "cpumask"));
  if (!cpus) return bad("cpumask", "is no list of CPUs");
  pmu.cpus = *cpus;
  read_events(pmu, folder);
  return pmu;
}

}  // namespace joulepath::sensors::perf
