// The papi backend on a library that a test fills: units, scopes, refusals, readings and
// errors; and the mechanics of reading on the real library, with an event that every Linux has.
#include "sensors/papi/papi.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <map>

#include "core/record/counter.hpp"
#include "sensors/papi/event_set.hpp"
#include "sensors/papi/meaning.hpp"
#include "tests/unit/sensors/fake.hpp"

#if __has_include(<papi.h>)
#define JOULEPATH_HAS_PAPI 1
#include <papi.h>
#endif

namespace joulepath::sensors::papi {
namespace {

using record::Domain;
using record::Kind;

/// PAPI with these events; event sets are numbered from 0.
struct FakePapi {
  struct Event {
    const char* units;
    const char* description = "";
    int component = 0;
    int data_type = kUint64;
    int time_scope = 0;
    int add_error = kOk;
    long long value = 0;
  };
  FakePapi() { current = this; }
  ~FakePapi() { current = nullptr; }

  std::map<std::string, Event> events;
  std::map<int, std::vector<std::string>> sets;
  int start_error = kOk;
  int read_error = kOk;
  int running = 0;
  int reads = 0;

  Event& at(int code) { return std::next(events.begin(), code)->second; }
  static Papi table();
  inline static FakePapi* current = nullptr;
};

Papi FakePapi::table() {
  Papi papi{};
  papi.event_code = [](const char* name, int* code) {
    const auto found = current->events.find(name);
    if (found == current->events.end()) return kNoEvent;
    *code = static_cast<int>(std::distance(current->events.begin(), found));
    return kOk;
  };
  papi.event_info = [](int code, EventInfo* info) {
    const Event& event = current->at(code);
    std::memset(static_cast<void*>(info), 0, sizeof *info);
    std::snprintf(info->units, sizeof info->units, "%s", event.units);
    std::snprintf(info->long_description, sizeof info->long_description, "%s", event.description);
    info->component = event.component;
    info->data_type = event.data_type;
    info->time_scope = event.time_scope;
    return kOk;
  };
  papi.create = [](int* set) {
    *set = static_cast<int>(current->sets.size());
    current->sets[*set];
    return kOk;
  };
  papi.add = [](int set, const char* name) {
    const Event& event = current->events.at(name);
    if (event.add_error == kOk) current->sets[set].push_back(name);
    return event.add_error;
  };
  papi.start = [](int set) {
    // As PAPI has it: one running set for each component.
    EXPECT_FALSE(current->sets[set].empty());
    if (current->start_error == kOk) ++current->running;
    return current->start_error;
  };
  papi.read = [](int set, long long* values) {
    ++current->reads;
    if (current->read_error == kSystemError) errno = ESTALE;
    if (current->read_error != kOk) return current->read_error;
    for (const std::string& name : current->sets[set]) *values++ = current->events.at(name).value;
    return kOk;
  };
  papi.stop = [](int, long long*) {
    --current->running;
    return kOk;
  };
  papi.cleanup = [](int set) {
    current->sets[set].clear();
    return kOk;
  };
  papi.destroy = [](int* set) {
    *set = kNull;
    return kOk;
  };
  papi.strerror = [](int error) -> char* {
    static char no_event[] = "Event does not exist", other[] = "as PAPI says it";
    return error == kNoEvent ? no_event : other;
  };
  return papi;
}

class PapiBackend : public testing::Test {
 protected:
  PapiBackend() { environment_ = tree_.environment(clock_); }
  Discovery find(std::vector<std::string> events) {
    environment_.papi_events = std::move(events);
    return discover(environment_, [] { return base::Result<Papi>(FakePapi::table()); });
  }
  void expect_refused(const std::string& event, std::string_view reason) {
    const Discovery found = find({event});
    const record::Signal signal = signal_of(found.source->signals(), "papi:" + event);
    EXPECT_FALSE(signal.readable);
    EXPECT_EQ(signal.provenance, record::Provenance::kAbsent);
    EXPECT_NE(signal.reason.find(reason), std::string::npos) << signal.reason;
    EXPECT_NE(signal.reason.find(event), std::string::npos) << signal.reason;
    FakeSink sink;
    found.source->sample(sink);
    EXPECT_TRUE(sink.readings.empty() && sink.failures.empty());
  }

  FakeClock clock_;
  Tree tree_;
  Environment environment_;
  FakePapi papi_;
};

TEST_F(PapiBackend, DescribesWhatPapiSaysOfAnEvent) {
  papi_.events["rapl:::DRAM_ENERGY:PACKAGE1"] = {"nJ"};
  const Discovery found = find({"rapl:::DRAM_ENERGY:PACKAGE1"});
  const auto signal = signal_of(found.source->signals(), "papi:rapl:::DRAM_ENERGY:PACKAGE1");
  EXPECT_TRUE(signal.readable) << signal.reason;
  EXPECT_EQ(signal.domain, Domain::kDram);
  EXPECT_EQ(signal.socket, 1);
  EXPECT_EQ(signal.kind, Kind::kEnergy);
  EXPECT_EQ(signal.unit, "nJ");
  EXPECT_DOUBLE_EQ(signal.si_per_unit, 1e-9);
  EXPECT_EQ(signal.modulus, 0u);
  EXPECT_EQ(signal.source, "papi");
}

TEST_F(PapiBackend, TheCpuOfAnUncoreEventTellsTheSocket) {
  const char* event = "rapl::RAPL_ENERGY_PKG:cpu=3";
  papi_.events[event] = {"",
                         "Number of Joules consumed by all cores and LLC. Unit is 2^-32 Joules"};
  tree_.write("sys/devices/system/cpu/cpu3/topology/physical_package_id", "1\n");
  const auto signal = find({event}).source->signals()[0];
  EXPECT_EQ(signal.domain, Domain::kPackage);
  EXPECT_EQ(signal.socket, 1);
  EXPECT_EQ(signal.unit, "2^-32 J");
  EXPECT_DOUBLE_EQ(signal.si_per_unit * 4294967296.0, 1.0);
}

TEST_F(PapiBackend, WhatIsNotKnownToCoverAnythingIsNeverCounted) {
  papi_.events["cray_pm:::PM_POWER:NODE"] = {"W"};
  const auto signal = find({"cray_pm:::PM_POWER:NODE"}).source->signals()[0];
  EXPECT_TRUE(signal.readable);
  EXPECT_EQ(signal.domain, Domain::kOther);
  EXPECT_EQ(signal.kind, Kind::kPower);
}

TEST_F(PapiBackend, WhatIsNoEnergyIsRefused) {
  papi_.events["perf::TASK-CLOCK"] = {"ns"};
  papi_.events["PAPI_TOT_CYC"] = {"", "Total cycles"};
  papi_.events["rapl:::MAXIMUM_POWER:PACKAGE0"] = {"W", "", 0, kFloat64};
  papi_.events["strange"] = {"J", "", 0, kUint64, kSinceLast};
  expect_refused("perf::TASK-CLOCK", "'ns': neither joules nor watts");
  expect_refused("PAPI_TOT_CYC", "something without a unit");
  expect_refused("rapl:::MAXIMUM_POWER:PACKAGE0", "no integers");
  expect_refused("strange", "since it was last read");
  EXPECT_EQ(papi_.running, 0);
}

TEST_F(PapiBackend, AnUnknownEventIsNamedWithWhereToLook) {
  expect_refused("rapl:::NONE", "Event does not exist");
  EXPECT_NE(find({"rapl:::NONE"}).source->signals()[0].remedy.find("papi_native_avail"),
            std::string::npos);
}

TEST_F(PapiBackend, AnEventThatCannotBeCountedKeepsTheOthers) {
  papi_.events["a"] = {"J"};
  papi_.events["b"] = {"J", "", 0, kUint64, 0, kNotPermitted};
  papi_.events["c"] = {"mJ", "", 1};
  papi_.events["a"].value = 11;
  papi_.events["c"].value = 33;
  const Discovery found = find({"b", "a", "c", "a"});
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 3u) << "named twice, read once";
  EXPECT_FALSE(signals[0].readable);
  EXPECT_NE(signals[0].reason.find("as PAPI says it"), std::string::npos);
  FakeSink sink;
  found.source->sample(sink);
  EXPECT_EQ(sink.readings.size(), 2u);
  EXPECT_EQ(sink.readings[1][0].raw, 11u);
  EXPECT_EQ(sink.readings[2][0].raw, 33u);
  EXPECT_EQ(sink.readings[1][0].t_hi_ns, sink.readings[1][0].t_lo_ns + clock_.tick_ns);
  EXPECT_GT(sink.readings[2][0].t_lo_ns, sink.readings[1][0].t_hi_ns);
  EXPECT_EQ(papi_.reads, 2) << "one for each component";
  sink.clear();
  found.source->sample_one(2, sink);
  EXPECT_EQ(sink.readings.size(), 1u);
  EXPECT_EQ(sink.readings[2].size(), 1u);
  EXPECT_EQ(papi_.reads, 3);
}

TEST_F(PapiBackend, AComponentThatDoesNotStartIsExplained) {
  papi_.events["a"] = {"J"};
  papi_.start_error = kNotPermitted;
  expect_refused("a", "cannot be started: as PAPI says it");
}

TEST_F(PapiBackend, ErrorsAreFailuresAndReadingsResume) {
  papi_.events["a"] = {"uJ"};
  const Discovery found = find({"a"});
  FakeSink sink;
  for (const int error : {kLost, kSystemError, kNotPermitted, -6}) {
    papi_.read_error = error;
    found.source->sample(sink);
  }
  papi_.read_error = kOk;
  papi_.events["a"].value = -5;
  found.source->sample(sink);
  EXPECT_TRUE(sink.readings.empty());
  EXPECT_EQ(sink.failures[0], (std::vector<int>{ENODEV, ESTALE, EACCES, EIO, EBADMSG}));
  papi_.events["a"].value = 7;
  found.source->sample(sink);
  ASSERT_EQ(sink.readings[0].size(), 1u);
  EXPECT_EQ(sink.readings[0][0].raw, 7u);
}

TEST_F(PapiBackend, ItsEndStopsTheEvents) {
  papi_.events["a"] = {"J"};
  papi_.events["c"] = {"J", "", 1};
  {
    const Discovery found = find({"a", "c"});
    EXPECT_EQ(papi_.running, 2);
  }
  EXPECT_EQ(papi_.running, 0);
}

TEST_F(PapiBackend, WithoutTheLibraryEachEventSaysSo) {
  environment_.papi_events = {"a"};
  const Discovery found = discover(environment_, [] {
    return base::Result<Papi>(
        base::Error{base::Errc::kNotFound, "cannot be opened", "libpapi", 0, "install it"});
  });
  EXPECT_EQ(found.source->signals()[0].reason, "libpapi: cannot be opened");
  EXPECT_EQ(found.source->signals()[0].remedy, "install it");
}

TEST(PapiMeaning, UnitsOfTheField) {
  const std::pair<const char*, double> good[] = {{"J", 1},     {"mJ", 1e-3}, {"uJ", 1e-6},
                                                 {"nJ", 1e-9}, {"W", 1},     {"mW", 1e-3}};
  for (const auto& [name, si] : good) {
    const auto unit = unit_of(name, "");
    ASSERT_TRUE(unit) << name;
    EXPECT_DOUBLE_EQ(unit->si_per_unit, si) << name;
    EXPECT_EQ(unit->kind, std::strchr(name, 'J') != nullptr ? Kind::kEnergy : Kind::kPower);
  }
  for (const char* name : {"", "ns", "s", "kJ", "joules", "j", "C", "mw"})
    EXPECT_FALSE(unit_of(name, "")) << name;
  EXPECT_FALSE(unit_of("ns", "2^-32 Joules")) << "the field comes first";
}

TEST(PapiMeaning, ScopesOfNames) {
  EXPECT_EQ(scope_of("rapl:::PACKAGE_ENERGY:PACKAGE0").domain, Domain::kPackage);
  EXPECT_EQ(scope_of("rapl:::PACKAGE_ENERGY:PACKAGE12").package, 12);
  EXPECT_EQ(scope_of("rapl:::PSYS_ENERGY:PACKAGE0").package, -1);
  EXPECT_EQ(scope_of("rapl::RAPL_ENERGY_CORES:cpu=7:k=1").cpu, 7);
  for (const char* name :
       {"rapl:::PACKAGE_ENERGY:PACKAGE", "rapl:::PACKAGE_ENERGY:PACKAGE0x",
        "rapl:::PACKAGE_ENERGY_CNT:PACKAGE0", "rapl::RAPL_ENERGY_PKGS", "nvml:::power", ""})
    EXPECT_EQ(scope_of(name).domain, Domain::kOther) << name;
  EXPECT_EQ(scope_of("rapl::RAPL_ENERGY_PKG:cpu=x").cpu, -1);
}

TEST(PapiLibrary, TheTableIsThatOfTheInstalledHeader) {
#ifndef JOULEPATH_HAS_PAPI
  GTEST_SKIP() << "papi.h is not installed (libpapi-dev)";
#else
  ASSERT_EQ(PAPI_VERSION_MAJOR(PAPI_VERSION), 7u);
  ASSERT_LE(PAPI_VERSION_MINOR(PAPI_VERSION), 1u);
  EXPECT_GE(sizeof(EventInfo), sizeof(PAPI_event_info_t));
  EXPECT_EQ(offsetof(EventInfo, symbol), offsetof(PAPI_event_info_t, symbol));
  EXPECT_EQ(offsetof(EventInfo, long_description), offsetof(PAPI_event_info_t, long_descr));
  EXPECT_EQ(offsetof(EventInfo, component), offsetof(PAPI_event_info_t, component_index));
  EXPECT_EQ(offsetof(EventInfo, units), offsetof(PAPI_event_info_t, units));
  EXPECT_EQ(offsetof(EventInfo, data_type), offsetof(PAPI_event_info_t, data_type));
  EXPECT_EQ(offsetof(EventInfo, time_scope), offsetof(PAPI_event_info_t, timescope));
  EXPECT_EQ(offsetof(EventInfo, update_frequency), offsetof(PAPI_event_info_t, update_freq));
  EXPECT_EQ(kSystemError, PAPI_ESYS);
  EXPECT_EQ(kLost, PAPI_ECLOST);
  EXPECT_EQ(kNoEvent, PAPI_ENOEVNT);
  EXPECT_EQ(kNotPermitted, PAPI_EPERM);
  EXPECT_EQ(kNull, PAPI_NULL);
  EXPECT_EQ(kUint64, int{PAPI_DATATYPE_UINT64});
  EXPECT_EQ(kFloat64, int{PAPI_DATATYPE_FP64});
  EXPECT_EQ(kSinceLast, int{PAPI_TIMESCOPE_SINCE_LAST});
#endif
}

std::int64_t thread_cpu_ns() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<std::int64_t>(used.tv_sec) * kSecond + used.tv_nsec;
}

/// The task clock is no energy. It stands in for the mechanics only: a real library, a real
/// counter of the kernel's, whose truth the kernel tells by another way, too.
TEST(PapiLibrary, ReadsARunningCounterOfTheKernels) {
  const auto papi = load_papi();
  if (!papi) GTEST_SKIP() << papi.error().message();
  auto events = EventSet::create(*papi);
  ASSERT_TRUE(events) << events.error().message();
  if (const auto added = events->add("perf::TASK-CLOCK"); !added)
    GTEST_SKIP() << "this system lets us count nothing: " << added.error().message();
  const std::int64_t before_start = thread_cpu_ns();
  if (const auto started = events->start(); !started)
    GTEST_SKIP() << "this system lets us count nothing: " << started.error().message();
  const std::int64_t after_start = thread_cpu_ns();
  for (int round = 1; round <= 3; ++round) {
    while (thread_cpu_ns() - after_start < round * 5 * kMs) {
    }
    const std::int64_t before = thread_cpu_ns();
    ASSERT_EQ(events->read(), 0);
    const std::int64_t after = thread_cpu_ns();
    constexpr std::int64_t kSlack = kMs / 2;  // two clocks of the kernel's
    EXPECT_GE(events->values()[0], before - after_start - kSlack);
    EXPECT_LE(events->values()[0], after - before_start + kSlack);
  }
}

TEST(PapiLibrary, RefusesARealEventThatIsNoEnergy) {
  if (const auto papi = load_papi(); !papi) GTEST_SKIP() << papi.error().message();
  const FakeClock clock;
  const Tree tree;
  Environment environment = tree.environment(clock);
  environment.papi_events = {"perf::TASK-CLOCK", "no_such:::EVENT"};
  const Discovery found = kBackend.discover(environment);
  const auto signals = found.source->signals();
  EXPECT_NE(signals[0].reason.find("neither joules nor watts"), std::string::npos)
      << signals[0].reason;
  EXPECT_FALSE(signals[0].readable);
  EXPECT_NE(signals[1].reason.find("no_such:::EVENT"), std::string::npos) << signals[1].reason;
  EXPECT_FALSE(signals[1].readable);
}

}  // namespace
}  // namespace joulepath::sensors::papi
