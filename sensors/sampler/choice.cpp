#include "sensors/sampler/choice.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace joulepath::sensors {
namespace {

using record::Domain;
using record::Signal;

bool same_joules(const Candidate& a, const Candidate& b) {
  const Signal& x = a.signal;
  const Signal& y = b.signal;
  if (x.domain != y.domain || x.domain == Domain::kOther) return false;
  // A model knows less of the machine than a sensor: its scope may straddle sockets.
  if (a.backend->fallback != b.backend->fallback) return true;
  if (!x.pci.empty() && !y.pci.empty()) return x.pci == y.pci;
  if (x.socket != y.socket) return false;
  if (x.domain == Domain::kGpu || x.source == y.source) return x.device == y.device;
  return true;  // backends name devices, and dies, in their own ways
}

/// Indices, the most trusted first.
std::vector<std::size_t> ranking(std::span<const Candidate> candidates) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto rank = [&](std::size_t at) {
    const Candidate& candidate = candidates[at];
    return std::tuple(!candidate.signal.readable, candidate.backend->fallback,
                      -candidate.backend->priority, at);
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return order;
}

void exclude_repeats(std::span<Candidate> candidates, std::span<const std::size_t> order) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    Candidate& repeat = candidates[order[i]];
    for (std::size_t j = 0; j < i && repeat.signal.excluded_by.empty(); ++j) {
      const Candidate& better = candidates[order[j]];
      if (!better.signal.excluded_by.empty() || !same_joules(better, repeat)) continue;
      if (better.backend->fallback && !repeat.backend->fallback) continue;
      repeat.signal.excluded_by = better.signal.id;
    }
  }
}

bool usable(const Signal& signal) {
  return signal.readable && signal.excluded_by.empty();
}

const Signal* find(std::span<const Candidate> candidates, std::string_view id) {
  for (const Candidate& candidate : candidates)
    if (candidate.signal.id == id) return &candidate.signal;
  return nullptr;
}

/// What the total is made of, and its first signal in the ranking; nullopt: nothing that
/// covers the CPUs is usable.
std::optional<std::size_t> first_of_total(std::span<const Candidate> candidates,
                                          std::span<const std::size_t> order) {
  for (const Domain domain : {Domain::kPackage, Domain::kNode, Domain::kModule, Domain::kPlatform})
    for (const std::size_t at : order)
      if (candidates[at].signal.domain == domain && usable(candidates[at].signal)) return at;
  return std::nullopt;
}

/// Whether the figure of a signal of scope `outer` includes the memory and GPUs.
bool contains(Domain outer, Domain inner) {
  if (outer == Domain::kNode || outer == Domain::kModule) return true;
  return outer == Domain::kPlatform && inner == Domain::kDram;
}

/// Why a usable signal is not part of the total; empty: it is.
std::string reason_not_counted(const Signal& signal, const Signal* total) {
  const std::string total_id = total != nullptr ? total->id : std::string();
  switch (signal.domain) {
    case Domain::kPackage: return {};  // never readable and beside another total
    case Domain::kNode:
    case Domain::kModule:
    case Domain::kPlatform:
      if (total->domain == Domain::kPackage)
        return "contains the packages, which are counted one by one";
      if (total->domain != signal.domain) return "overlaps " + total_id + ", which is counted";
      if (signal.domain == Domain::kModule || &signal == total) return {};
      // Only one package of a system has the platform's register (Linux, the change
      // "powercap/intel_rapl: enumerate Psys RAPL domain together with package RAPL domain").
      return "covers the same machine as " + total_id + ", which is counted";
    case Domain::kCore:
    case Domain::kUncore:
      if (!signal.contained_in.empty()) return "part of " + signal.contained_in;
      if (total != nullptr) return "part of what " + total_id + " counts";
      return {};
    case Domain::kDram:
    case Domain::kGpu:
      if (total != nullptr && contains(total->domain, signal.domain)) return "part of " + total_id;
      return {};
    case Domain::kOther: break;
  }
  return "what it covers is not known";
}

}  // namespace

bool cpus_are_covered(std::span<const Candidate> candidates) {
  return std::any_of(candidates.begin(), candidates.end(), [](const Candidate& candidate) {
    const Domain domain = candidate.signal.domain;
    return candidate.signal.readable && !candidate.backend->fallback &&
           (domain == Domain::kPackage || domain == Domain::kModule ||
            domain == Domain::kPlatform || domain == Domain::kNode);
  });
}

void choose(std::span<Candidate> candidates) {
  const std::vector<std::size_t> order = ranking(candidates);
  exclude_repeats(candidates, order);
  const auto first = first_of_total(candidates, order);
  const Signal* total = first ? &candidates[*first].signal : nullptr;
  for (Candidate& candidate : candidates) {
    Signal& signal = candidate.signal;
    // A container that was not selected is in no table: it cannot be named.
    if (!signal.contained_in.empty() && find(candidates, signal.contained_in) == nullptr)
      signal.contained_in.clear();
    signal.counted = false;
    if (!signal.readable) continue;
    if (!signal.excluded_by.empty()) {
      signal.reason = "same energy as " + signal.excluded_by + ", which is preferred";
      continue;
    }
    // A tile counts only where its card cannot be read.
    const Signal* outer = find(candidates, signal.contained_in);
    const bool inside_gpu = outer != nullptr && outer->readable && outer->domain == Domain::kGpu &&
                            signal.domain == Domain::kGpu;
    signal.reason = inside_gpu ? "part of " + outer->id : reason_not_counted(signal, total);
    signal.counted = signal.reason.empty();
    if (signal.counted || total == nullptr || &signal == total) continue;
    const bool inside = signal.domain == Domain::kDram || signal.domain == Domain::kGpu;
    if (inside && signal.contained_in.empty()) signal.contained_in = total->id;
  }
}

}  // namespace joulepath::sensors
