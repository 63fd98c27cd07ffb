#include "tools/recorder/counter_list.hpp"

#include <fmt/format.h>
#include <linux/perf_event.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "core/base/file.hpp"
#include "core/base/split.hpp"
#include "sensors/perf/pmu.hpp"

namespace joulepath::tools {
namespace {

using base::Errc;
using base::Error;

struct GenericEvent {
  std::string_view name;
  std::uint32_t type;
  std::uint64_t config;
  bool in_kernel = false;
};

/// perf_event_open(2), with the names that perf-list(1) gives them.
constexpr std::array<GenericEvent, 19> kGeneric{{
    {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
    {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    {"ref-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES},
    {"bus-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES},
    {"branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
    {"branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES},
    {"cache-references", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES},
    {"cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
    {"stalled-cycles-frontend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
    {"stalled-cycles-backend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
    {"task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
    {"page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
    {"minor-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN},
    {"major-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ},
    {"alignment-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_ALIGNMENT_FAULTS},
    {"emulation-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_EMULATION_FAULTS},
    {"context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, true},
    {"cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS, true},
    {"cgroup-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CGROUP_SWITCHES, true},
}};

Error usage(std::string what) {
  return {Errc::kUsage, std::move(what), {}, 0, {}};
}

Error lacking(const std::string& what) {
  return {Errc::kNotFound, what + " (perf list shows what there is)", {}, 0, {}};
}

/// "cpu/event=0xc7,umask=0x10/" or "cpu/branch-instructions/".
base::Result<CounterEvent> pmu_event(std::string_view text, const std::filesystem::path& sysfs) {
  const auto slash = text.find('/');
  const std::string pmu(text.substr(0, slash));
  std::string terms(text.substr(slash + 1, text.size() - slash - 2));
  if (pmu.empty() || pmu.front() == '.' || terms.empty() || terms.find('/') != std::string::npos)
    return usage(fmt::format("'{}' is not PMU/EVENT/ or PMU/TERM=N,.../", text));
  const auto folder = sysfs / "bus/event_source/devices" / pmu;
  const auto type_text = base::read_file(folder / "type");
  const auto type = type_text ? base::parse_u64(base::trimmed(*type_text)) : std::nullopt;
  if (!type)
    return Error{Errc::kNotFound, fmt::format("this machine has no PMU '{}'", pmu), folder.string(),
                 0, "perf list shows those that it has"};
  if (terms.find('=') == std::string::npos) {
    const auto named = base::read_file(folder / "events" / terms);
    if (!named) return lacking(fmt::format("the PMU '{}' has no event '{}'", pmu, terms));
    terms = base::trimmed(*named);
  }
  const auto config = sensors::perf::config_of(terms, folder / "format");
  if (!config)
    return usage(fmt::format("'{}': {} has no such term, or no room for the number", text,
                             (folder / "format").string()));
  return CounterEvent{static_cast<std::uint32_t>(*type), *config, 1.0, false};
}

base::Result<CounterEvent> event_of(std::string_view text, const std::filesystem::path& sysfs) {
  double weight = 1.0;
  if (const auto star = text.rfind('*'); star != std::string_view::npos) {
    const std::string_view number = text.substr(star + 1);
    const auto [end, failed] =
        std::from_chars(number.data(), number.data() + number.size(), weight);
    if (failed != std::errc{} || end != number.data() + number.size() || !(weight > 0) ||
        !std::isfinite(weight))
      return usage(fmt::format("'{}': '{}' is no weight above 0", text, number));
    text = text.substr(0, star);
  }
  if (text.size() > 2 && text.ends_with('/') && text.find('/') != text.size() - 1) {
    auto event = pmu_event(text, sysfs);
    if (event) event->weight = weight;
    return event;
  }
  const auto known = std::find_if(kGeneric.begin(), kGeneric.end(),
                                  [&](const GenericEvent& event) { return event.name == text; });
  if (known == kGeneric.end())
    return usage(fmt::format("'{}' is no event; perf list shows what there is", text));
  return CounterEvent{known->type, known->config, weight, known->in_kernel};
}

/// At commas that are not between slashes.
std::vector<std::string_view> items_of(std::string_view list) {
  std::vector<std::string_view> items;
  bool in_terms = false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= list.size(); ++at) {
    if (at < list.size() && list[at] == '/') in_terms = !in_terms;
    if (at < list.size() && (list[at] != ',' || in_terms)) continue;
    items.push_back(base::trimmed(list.substr(begin, at - begin)));
    begin = at + 1;
  }
  return items;
}

base::Result<CounterSpec> counter_of(std::string_view item, const std::filesystem::path& sysfs) {
  CounterSpec spec;
  std::string_view sum = item;
  const auto equals = item.find('=');
  if (equals != std::string_view::npos && item.substr(0, equals).find('/') == item.npos) {
    spec.name = base::trimmed(item.substr(0, equals));
    sum = item.substr(equals + 1);
  } else {
    spec.name = item;
  }
  if (spec.name.empty() || sum.empty()) return usage(fmt::format("'{}' names no event", item));
  for (const std::string_view part : base::split(sum, '+')) {
    auto event = event_of(base::trimmed(part), sysfs);
    if (!event && event.error().code == Errc::kNotFound) {
      spec.absent = event.error().what;
      continue;
    }
    if (!event) return event.error();
    spec.events.push_back(*event);
  }
  return spec;
}

}  // namespace

base::Result<std::vector<CounterSpec>> parse_counters(std::string_view list,
                                                      const std::filesystem::path& sysfs_root) {
  std::vector<CounterSpec> specs;
  if (list == "none") return specs;
  for (const std::string_view item : items_of(list == "auto" ? "instructions,cycles" : list)) {
    auto spec = counter_of(item, sysfs_root);
    if (!spec) return spec.error();
    if (std::any_of(specs.begin(), specs.end(),
                    [&](const CounterSpec& other) { return other.name == spec->name; }))
      return usage(fmt::format("'{}' is there twice", spec->name));
    specs.push_back(*std::move(spec));
  }
  return specs;
}

}  // namespace joulepath::tools
