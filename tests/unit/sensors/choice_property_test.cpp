// Random machines of which the test knows what each figure truly holds, down to the part of
// a die: no two that count share a part, nothing that is readable lies idle beside them, and
// no other choice without an overlap would account for more by energy counters.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "sensors/sampler/choice.hpp"

namespace joulepath::sensors {
namespace {

using record::Domain;
using Names = std::set<std::string>;

/// What a figure surely holds, and what it may hold besides.
struct Parts {
  Names sure;
  Names perhaps;
};

constexpr Backend kPowercap{"powercap", "", 50, false, nullptr};
constexpr Backend kPerf{"perf", "", 60, false, nullptr};
constexpr Backend kHwmon{"hwmon", "", 30, false, nullptr};
constexpr Backend kCray{"cray", "", 40, false, nullptr};
constexpr Backend kNvml{"nvml", "", 50, false, nullptr};
constexpr Backend kIpmi{"ipmi", "", 10, false, nullptr};

struct Machine {
  std::vector<Candidate> candidates;
  std::vector<Parts> truth;  ///< parallel: what the figure holds, or may hold
  Names listed;              ///< what some signal of its own names
};

bool meet(const Names& a, const Names& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& part) { return b.contains(part); });
}
bool overlap(const Parts& a, const Parts& b) {
  return meet(a.sure, b.sure) || meet(a.sure, b.perhaps) || meet(a.perhaps, b.sure);
}

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  Machine make() {
    sockets_ = 1 + roll(2);
    dies_ = 1 + roll(2);
    cards_ = roll(3);
    const bool modules = roll(4) == 0;
    packages(kPowercap, "package-");
    if (roll(2) == 0) packages(kPerf, "socket-");
    if (roll(3) == 0) whole_sockets();
    if (roll(2) == 0) memory();
    if (roll(2) == 0) cards(kNvml, 0);
    if (roll(2) == 0) cards(kHwmon, roll(2));
    if (modules) boards();
    if (roll(3) == 0) all_cpus();
    for (int copies = roll(3); copies > 0; --copies) psys(copies);
    if (roll(3) == 0) add(kCray, "node", Domain::kNode, -1, {everything(), {}});
    if (roll(3) == 0)
      add(kIpmi, "dcmi", Domain::kNode, -1, {everything(), {}}).kind = record::Kind::kPower;
    std::vector<std::size_t> order(machine_.candidates.size());
    for (std::size_t at = 0; at < order.size(); ++at) order[at] = at;
    std::shuffle(order.begin(), order.end(), random_);
    Machine shuffled;
    shuffled.listed = machine_.listed;
    for (const std::size_t at : order) {
      shuffled.candidates.push_back(machine_.candidates[at]);
      shuffled.truth.push_back(machine_.truth[at]);
    }
    return shuffled;
  }

 private:
  int roll(int sides) { return std::uniform_int_distribution(0, sides - 1)(random_); }
  static std::string text(const char* what, int a, int b = -1) {
    return what + std::to_string(a) + (b < 0 ? "" : "-die-" + std::to_string(b));
  }

  record::Signal& add(const Backend& backend, std::string device, Domain domain, int socket,
                      Parts holds) {
    Candidate made;
    made.backend = &backend;
    made.signal.source = backend.name;
    made.signal.device = std::move(device);
    made.signal.id = made.signal.source + ":" + made.signal.device + ":" +
                     std::to_string(machine_.candidates.size());
    made.signal.domain = domain;
    made.signal.socket = socket;
    made.signal.readable = roll(4) != 0;
    if (!made.signal.readable) made.signal.reason = "refused";
    machine_.candidates.push_back(std::move(made));
    machine_.truth.push_back(std::move(holds));
    return machine_.candidates.back().signal;
  }
  void list(const Names& parts) { machine_.listed.insert(parts.begin(), parts.end()); }

  Names die(int socket, int number) {
    return {text("cpu", socket, number) + "c", text("cpu", socket, number) + "u"};
  }
  Names socket(int number) {
    Names parts;
    for (int at = 0; at < dies_; ++at) parts.merge(die(number, at));
    return parts;
  }
  Names cpus() {
    Names parts;
    for (int at = 0; at < sockets_; ++at) parts.merge(socket(at));
    return parts;
  }
  Names everything() {
    Names parts = cpus();
    for (int at = 0; at < sockets_; ++at) parts.insert(text("mem", at));
    for (int at = 0; at < cards_; ++at) parts.insert(text("gpu", at));
    parts.insert("rest");
    return parts;
  }

  Names cards_of_machine() const {
    Names parts;
    for (int at = 0; at < cards_; ++at) parts.insert(text("gpu", at));
    return parts;
  }

  /// All dies of some sockets, with cores of some.
  void packages(const Backend& backend, const char* prefix) {
    const int only = roll(3) == 0 ? roll(sockets_) : -1;
    for (int at = 0; at < sockets_; ++at) {
      if (only >= 0 && at != only) continue;
      for (int number = 0; number < dies_; ++number) {
        const std::string name = text(prefix, at, dies_ > 1 ? number : -1);
        const std::string id = add(backend, name, Domain::kPackage, at, {die(at, number), {}}).id;
        list(die(at, number));
        if (roll(3) == 0)
          add(backend, name + "/core", Domain::kCore, at, {{text("cpu", at, number) + "c"}, {}})
              .contained_in = id;
        if (&backend == &kPowercap && roll(3) == 0)  // the package again, by mmio
          add(backend, name, Domain::kPackage, at, {die(at, number), {}});
      }
    }
  }
  void whole_sockets() {
    for (int at = 0; at < sockets_; ++at) {
      add(kHwmon, text("Esocket", at), Domain::kPackage, at, {socket(at), {}});
      list(socket(at));
    }
  }
  void all_cpus() { add(kCray, "cpu", Domain::kPackage, -1, {cpus(), {}}); }
  void memory() {
    for (int at = 0; at < sockets_; ++at) {
      add(kPowercap, text("package-", at) + "/dram", Domain::kDram, at, {{text("mem", at)}, {}});
      list({text("mem", at)});
    }
  }
  void cards(const Backend& backend, int power) {
    for (int at = 0; at < cards_; ++at) {
      record::Signal& signal =
          add(backend, text("card", at), Domain::kGpu, -1, {{text("gpu", at)}, {}});
      signal.pci = "0000:0" + std::to_string(at) + ":00.0";
      if (power != 0) signal.kind = record::Kind::kPower;
      list({text("gpu", at)});
    }
  }
  /// A card of unknown socket may be on any board.
  void boards() {
    for (int at = 0; at < sockets_; ++at) {
      Parts holds{socket(at), cards_of_machine()};
      holds.sure.insert({text("mem", at), "board" + std::to_string(at)});
      add(kHwmon, text("Module", at), Domain::kModule, at, holds);
      list(socket(at));
    }
  }
  /// Cards may draw from the platform's supply.
  void psys(int copy) {
    Parts holds{cpus(), cards_of_machine()};
    for (int at = 0; at < sockets_; ++at) holds.sure.insert(text("mem", at));
    add(kPowercap, text("psys-", copy), Domain::kPlatform, -1, holds);
  }

  std::mt19937 random_;
  int sockets_ = 1;
  int dies_ = 1;
  int cards_ = 0;
  Machine machine_;
};

/// What a set accounts for: CPUs by counters, CPUs by any sensor, all by counters. Of what nobody
/// lists nothing; a card that may be on any board is counted in equal parts.
std::array<double, 3> accounted(const Machine& machine, const std::vector<std::size_t>& members) {
  std::map<char, int> dies;  // parts of a socket that are listed
  for (const std::string& part : machine.listed)
    if (part.starts_with("cpu")) ++dies[part[3]];
  const auto boards = static_cast<double>(
      std::count_if(machine.candidates.begin(), machine.candidates.end(),
                    [](const Candidate& one) { return one.signal.domain == Domain::kModule; }));
  double counted = 0;
  double sensed = 0;
  double all = 0;
  for (const std::size_t member : members) {
    const record::Signal& signal = machine.candidates[member].signal;
    const bool counter = signal.kind == record::Kind::kEnergy;
    double own = 0;
    double beside = 0;
    for (const std::string& part : machine.truth[member].sure) {
      if (!machine.listed.contains(part)) continue;
      if (part.starts_with("cpu")) own += 1.0 / dies[part[3]];
      if (part.starts_with("mem") || part.starts_with("gpu")) beside += 1;
    }
    if (signal.domain == Domain::kModule)
      for (const std::string& part : machine.truth[member].perhaps)
        if (machine.listed.contains(part)) beside += 1 / boards;
    if (dies.empty() && signal.domain != Domain::kDram && signal.domain != Domain::kGpu) own = 1;
    sensed += own;
    if (!counter) continue;
    counted += own;
    all += own + beside;
  }
  return {counted, sensed, all};
}

bool may_count(const Machine& machine, std::size_t at) {
  const record::Signal& signal = machine.candidates[at].signal;
  return signal.readable && signal.domain != Domain::kCore;
}

void search(const Machine& machine, std::size_t from, std::vector<std::size_t>& members,
            std::array<double, 3>& best) {
  best = std::max(best, accounted(machine, members));
  for (std::size_t at = from; at < machine.candidates.size(); ++at) {
    if (!may_count(machine, at)) continue;
    if (std::any_of(members.begin(), members.end(), [&](std::size_t member) {
          return overlap(machine.truth[member], machine.truth[at]);
        }))
      continue;
    members.push_back(at);
    search(machine, at + 1, members, best);
    members.pop_back();
  }
}

std::string described(const Machine& machine) {
  std::string text;
  for (const Candidate& candidate : machine.candidates) {
    const record::Signal& signal = candidate.signal;
    text += (signal.counted    ? "* "
             : signal.readable ? "  "
                               : "- ") +
            signal.id + " " + std::string(to_string(signal.domain)) + " " +
            std::to_string(signal.socket) + (signal.kind == record::Kind::kPower ? " power" : "") +
            "  " + signal.reason + "\n";
  }
  return text;
}

class RandomMachines : public testing::TestWithParam<unsigned> {};

TEST_P(RandomMachines, CountEachPartOnceAndNoneLess) {
  for (unsigned turn = 0; turn < 250; ++turn) {
    Machine machine = Maker(1000 * GetParam() + turn).make();
    choose(machine.candidates);
    SCOPED_TRACE("seed " + std::to_string(1000 * GetParam() + turn) + "\n" + described(machine));
    std::vector<std::size_t> counted;
    for (std::size_t at = 0; at < machine.candidates.size(); ++at)
      if (machine.candidates[at].signal.counted) counted.push_back(at);
    for (const std::size_t a : counted) {
      ASSERT_TRUE(machine.candidates[a].signal.readable);
      for (const std::size_t b : counted)
        ASSERT_TRUE(a == b || !overlap(machine.truth[a], machine.truth[b]));
    }
    for (std::size_t at = 0; at < machine.candidates.size(); ++at) {
      const record::Signal& signal = machine.candidates[at].signal;
      ASSERT_NE(signal.counted, !signal.reason.empty()) << signal.id;
      if (!may_count(machine, at)) continue;
      ASSERT_TRUE(std::any_of(
          counted.begin(), counted.end(),
          [&](std::size_t one) { return overlap(machine.truth[one], machine.truth[at]); }))
          << signal.id << " could have been counted";
    }
    std::array<double, 3> best{};
    std::vector<std::size_t> members;
    search(machine, 0, members, best);
    const auto chosen = accounted(machine, counted);
    for (std::size_t at = 0; at < best.size(); ++at) ASSERT_NEAR(chosen[at], best[at], 1e-9) << at;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomMachines, testing::Range(0u, 8u));

}  // namespace
}  // namespace joulepath::sensors
