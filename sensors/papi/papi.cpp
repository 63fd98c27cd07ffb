#include "sensors/papi/papi.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "core/base/file.hpp"
#include "sensors/papi/event_set.hpp"
#include "sensors/papi/meaning.hpp"

namespace joulepath::sensors::papi {
namespace {

using record::Signal;

constexpr std::string_view kName = "papi";

/// A text of PAPI's, which may fill its field to the last character.
template <std::size_t kSize>
std::string_view text_in(const char (&field)[kSize]) {
  return {field, static_cast<std::size_t>(std::find(field, field + kSize, '\0') - field)};
}

/// The events of one component, and which signals they are.
struct Group {
  int component = -1;
  EventSet events;
  std::vector<std::size_t> signals;  ///< parallel to the events
};

class PapiSource final : public Source {
 public:
  PapiSource(const base::Clock& clock, std::vector<Signal> signals, std::vector<Group> groups)
      : clock_(clock), signals_(std::move(signals)), groups_(std::move(groups)) {}

  [[nodiscard]] std::span<const Signal> signals() const override { return signals_; }

  void sample(Sink& sink) noexcept override {
    for (Group& group : groups_) sample_group(group, group.signals, sink);
  }

  void sample_some(std::span<const std::size_t> signals, Sink& sink) noexcept override {
    for (Group& group : groups_)
      if (std::any_of(group.signals.begin(), group.signals.end(),
                      [&](std::size_t signal) { return among(signals, signal); }))
        sample_group(group, signals, sink);
  }

 private:
  static bool among(std::span<const std::size_t> signals, std::size_t signal) noexcept {
    return std::find(signals.begin(), signals.end(), signal) != signals.end();
  }

  void sample_group(Group& group, std::span<const std::size_t> wanted, Sink& sink) noexcept {
    record::Reading reading;
    reading.t_lo_ns = clock_.monotonic_ns();
    const int failed = group.events.read();
    reading.t_hi_ns = clock_.monotonic_ns();
    for (std::size_t at = 0; at < group.signals.size(); ++at) {
      const std::size_t signal = group.signals[at];
      if (!among(wanted, signal)) continue;
      const long long value = group.events.values()[at];
      reading.raw = static_cast<std::uint64_t>(value);
      if (failed != 0)
        sink.failure(signal, failed);
      else if (value < 0)  // no count goes so far: 2^63 nJ are 9 GJ
        sink.failure(signal, EBADMSG);
      else
        sink.reading(signal, reading);
    }
  }

  const base::Clock& clock_;
  std::vector<Signal> signals_;
  std::vector<Group> groups_;
};

void refuse(Signal& signal, std::string reason, std::string remedy = {}) {
  signal.readable = false;
  signal.provenance = record::Provenance::kAbsent;
  signal.reason = std::move(reason);
  signal.remedy = std::move(remedy);
}

int socket_of(const Scope& scope, const Environment& environment) {
  if (scope.cpu < 0) return scope.package;
  const auto text =
      base::read_file(environment.sysfs_root / "devices/system/cpu" /
                      ("cpu" + std::to_string(scope.cpu)) / "topology/physical_package_id");
  const auto socket = text ? base::parse_u64(*text) : std::optional<std::uint64_t>{};
  return socket && *socket <= 0xffff ? static_cast<int>(*socket) : -1;
}

/// What PAPI knows of the event; nothing, and the signal refused, where that is no energy.
std::optional<int> component_of(const Papi& papi, const std::string& event,
                                const Environment& environment, Signal& signal) {
  int code = 0;
  const auto info = std::make_unique<EventInfo>();
  if (const int error = papi.event_code(event.c_str(), &code);
      error != kOk || papi.event_info(code, info.get()) != kOk) {
    const char* text = error != kOk ? papi.strerror(error) : nullptr;
    refuse(
        signal,
        "papi-events: '" + event + "': " + (text != nullptr ? text : "PAPI does not describe it"),
        "choose from what `papi_native_avail` lists on this machine");
    return std::nullopt;
  }
  const std::string_view units = text_in(info->units);
  const auto unit = unit_of(units, text_in(info->long_description));
  if (!unit) {
    refuse(signal,
           "papi-events: '" + event + "' counts " +
               (units.empty() ? "something without a unit" : "'" + std::string(units) + "'") +
               ": neither joules nor watts");
    return std::nullopt;
  }
  if (info->data_type != kInt64 && info->data_type != kUint64) {
    refuse(signal, "papi-events: '" + event +
                       "' gives no integers (in PAPI, that is a limit or a specification)");
    return std::nullopt;
  }
  if (unit->kind == record::Kind::kEnergy && info->time_scope == kSinceLast) {
    refuse(signal, "papi-events: '" + event + "' counts since it was last read, by whomever");
    return std::nullopt;
  }
  const Scope scope = scope_of(event);
  signal.domain = scope.domain;
  signal.socket = socket_of(scope, environment);
  signal.unit = unit->name;
  signal.si_per_unit = unit->si_per_unit;
  signal.kind = unit->kind;
  return info->component;
}

Group* group_of(const Papi& papi, int component, std::vector<Group>& groups, Signal& signal) {
  for (Group& group : groups)
    if (group.component == component) return &group;
  auto events = EventSet::create(papi);
  if (!events) {
    refuse(signal, events.error().message());
    return nullptr;
  }
  groups.push_back({component, std::move(events).value(), {}});
  return &groups.back();
}

void start_all(std::vector<Group>& groups, std::vector<Signal>& signals) {
  for (Group& group : groups) {
    if (group.signals.empty()) continue;
    if (const base::Status started = group.events.start(); !started) {
      for (const std::size_t signal : group.signals)
        refuse(signals[signal],
               "papi-events: '" + signals[signal].device + "' " + started.error().message());
      group.signals.clear();
    }
  }
  std::vector<Group> started;
  for (Group& group : groups)
    if (!group.signals.empty()) started.push_back(std::move(group));
  groups = std::move(started);
}

Discovery discover_here(const Environment& environment) {
  if (!environment.papi_events.empty()) return discover(environment, load_papi);
  Discovery discovery;
  discovery.absent = "papi-events names no event";
  return discovery;
}

}  // namespace

Discovery discover(const Environment& environment,
                   const std::function<base::Result<Papi>()>& load) {
  const auto papi = load();
  std::vector<Signal> signals;
  std::vector<Group> groups;
  std::set<std::string> seen;
  for (const std::string& event : environment.papi_events) {
    if (!seen.insert(event).second) continue;
    Signal& signal = signals.emplace_back();
    signal.id = std::string(kName) + ":" + event;
    signal.source = kName;
    signal.device = event;
    signal.readable = true;
    if (!papi) {
      refuse(signal, papi.error().where + ": " + papi.error().what, papi.error().remedy);
      continue;
    }
    const auto component = component_of(*papi, event, environment, signal);
    if (!component) continue;
    Group* group = group_of(*papi, *component, groups, signal);
    if (group == nullptr) continue;
    if (const base::Status added = group->events.add(event); added)
      group->signals.push_back(signals.size() - 1);
    else
      refuse(signal, "papi-events: '" + event + "' " + added.error().message());
  }
  start_all(groups, signals);
  Discovery discovery;
  discovery.source =
      std::make_unique<PapiSource>(*environment.clock, std::move(signals), std::move(groups));
  return discovery;
}

constinit const Backend kBackend{kName, "energy and power events of PAPI, as named by papi-events",
                                 30, false, discover_here};

}  // namespace joulepath::sensors::papi
