#include "sensors/sampler/scope.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace joulepath::sensors {

using record::Domain;
using record::Signal;

namespace {

bool of_cpus(Domain domain) {
  return domain == Domain::kPackage || domain == Domain::kCore || domain == Domain::kUncore;
}

/// Domains whose parts, from one source, are devices beside each other.
bool in_parts(Domain domain) {
  return of_cpus(domain) || domain == Domain::kDram || domain == Domain::kGpu ||
         domain == Domain::kModule;
}

/// Of domains that contain others: what a joule of `inner` may also be in.
bool above(Domain outer, Domain inner) {
  switch (outer) {
    case Domain::kNode: return inner != Domain::kNode && inner != Domain::kOther;
    // MSR_PLATFORM_ENERGY_STATUS covers "processor cores, SOC, memory, add-on or peripheral
    // devices that get powered directly from the platform power delivery means" (Intel SDM
    // volume 4, register 64DH): whether a card is among them, only its cables tell.
    case Domain::kPlatform:
      return of_cpus(inner) || inner == Domain::kDram || inner == Domain::kGpu ||
             inner == Domain::kModule;
    case Domain::kModule: return of_cpus(inner) || inner == Domain::kDram || inner == Domain::kGpu;
    case Domain::kPackage: return inner == Domain::kCore || inner == Domain::kUncore;
    case Domain::kCore:
    case Domain::kUncore:
    case Domain::kDram:
    case Domain::kGpu:
    case Domain::kOther: break;
  }
  return false;
}

/// An unknown socket may be any.
bool sockets_meet(const Signal& a, const Signal& b) {
  return a.socket < 0 || b.socket < 0 || a.socket == b.socket;
}

}  // namespace

int die_of(std::string_view device) {
  constexpr std::string_view kDie = "die";
  for (auto at = device.find(kDie); at != std::string_view::npos; at = device.find(kDie, at + 1)) {
    if (at > 0 && std::isalpha(static_cast<unsigned char>(device[at - 1])) != 0) continue;
    std::string_view rest = device.substr(at + kDie.size());
    if (!rest.empty() && (rest[0] == '-' || rest[0] == '_' || rest[0] == ' ' || rest[0] == ':'))
      rest.remove_prefix(1);
    int die = -1;
    const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), die);
    if (failed == std::errc{} && die >= 0) return die;
  }
  return -1;
}

Scopes::Scopes(std::span<const Candidate> candidates)
    : candidates_(candidates), scopes_(candidates.size()) {
  std::map<std::string_view, std::size_t> by_id;
  for (std::size_t at = 0; at < candidates.size(); ++at) by_id.emplace(signal(at).id, at);
  for (std::size_t at = 0; at < candidates.size(); ++at) {
    Scope& scope = scopes_[at];
    for (auto next = by_id.find(signal(at).contained_in);
         next != by_id.end() && next->second != at && scope.outer.insert(next->second).second;
         next = by_id.find(signal(next->second).contained_in))
      scope.part_of_its_kind |= signal(next->second).domain == signal(at).domain;
  }
  for (std::size_t at = 0; at < candidates.size(); ++at) {
    const Signal& one = signal(at);
    if (candidates[at].backend->fallback) continue;  // a model's sockets are its own guess
    if (of_cpus(one.domain) || one.domain == Domain::kDram) scopes_[at].die = die_of(one.device);
    if (one.socket >= 0 && (of_cpus(one.domain) || one.domain == Domain::kModule))
      sockets_.insert(one.socket);
    if (one.domain == Domain::kPackage && one.socket >= 0 && scopes_[at].die >= 0)
      dies_[one.socket].insert(scopes_[at].die);
    if (one.domain == Domain::kDram) memory_sockets_.insert(one.socket);
    if (one.domain == Domain::kModule && !scopes_[at].part_of_its_kind &&
        std::none_of(modules_.begin(), modules_.end(),
                     [&](std::size_t module) { return same_device(module, at); }))
      modules_.push_back(at);
    if (one.domain != Domain::kGpu || scopes_[at].part_of_its_kind) continue;
    if (std::none_of(gpus_.begin(), gpus_.end(),
                     [&](std::size_t gpu) { return same_gpu(gpu, at); }))
      gpus_.push_back(at);
  }
  if (memory_sockets_.size() > 1) memory_sockets_.erase(-1);
}

std::int64_t Scopes::socket_count() const {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(sockets_.size()));
}

bool Scopes::same_gpu(std::size_t a, std::size_t b) const {
  const Signal& x = signal(a);
  const Signal& y = signal(b);
  // Tiles of one card share its address.
  if (x.source == y.source && !x.contained_in.empty() && x.contained_in == y.contained_in)
    return x.device == y.device;
  if (!x.pci.empty() && !y.pci.empty()) return x.pci == y.pci;
  if (!x.uuid.empty() && !y.uuid.empty() && x.source == y.source) return x.uuid == y.uuid;
  if (x.source == y.source) return x.device == y.device;
  return true;
}

/// Two of one domain that may lie side by side: whether they do.
bool Scopes::parts_apart(std::size_t a, std::size_t b) const {
  const Signal& x = signal(a);
  const Signal& y = signal(b);
  if (!in_parts(x.domain)) return false;
  if (candidates_[a].backend->fallback != candidates_[b].backend->fallback) return false;
  if (x.domain == Domain::kGpu) return !same_gpu(a, b);
  if (!x.pci.empty() && !y.pci.empty()) return x.pci != y.pci;
  if (!sockets_meet(x, y)) return true;
  if (scopes_[a].die >= 0 && scopes_[b].die >= 0 && x.socket == y.socket && x.socket >= 0)
    return scopes_[a].die != scopes_[b].die;
  // One source knows its own devices apart; but not a whole and its part.
  return x.source == y.source && x.device != y.device &&
         (scopes_[a].die >= 0) == (scopes_[b].die >= 0);
}

bool Scopes::overlap(std::size_t a, std::size_t b) const {
  const Signal& x = signal(a);
  const Signal& y = signal(b);
  if (a == b) return true;
  if (scopes_[a].outer.contains(b) || scopes_[b].outer.contains(a)) return true;
  if (x.domain == Domain::kOther || y.domain == Domain::kOther) return false;
  if (x.domain == y.domain) return !parts_apart(a, b);
  if (above(x.domain, y.domain)) return contains(a, b);
  return above(y.domain, x.domain) && contains(b, a);
}

bool Scopes::same_device(std::size_t a, std::size_t b) const {
  return signal(a).domain == signal(b).domain && signal(a).domain != Domain::kOther &&
         !scopes_[a].outer.contains(b) && !scopes_[b].outer.contains(a) && !parts_apart(a, b);
}

bool Scopes::contains(std::size_t outer, std::size_t inner) const {
  const Signal& x = signal(outer);
  const Signal& y = signal(inner);
  if (scopes_[inner].outer.contains(outer)) return true;
  if (!above(x.domain, y.domain)) return false;
  if (x.domain == Domain::kNode || x.domain == Domain::kPlatform) return true;
  if (!sockets_meet(x, y)) return false;
  // Cores of one die are in no other die's figure.
  return scopes_[outer].die < 0 || scopes_[inner].die < 0 ||
         scopes_[outer].die == scopes_[inner].die;
}

bool Scopes::hides_dies(std::size_t at) const {
  const Signal& one = signal(at);
  const auto dies = dies_.find(one.socket);
  return one.domain == Domain::kPackage && scopes_[at].die < 0 && dies != dies_.end() &&
         dies->second.size() > 1 && parts_beside(at) == 1;
}

/// Those of its kind that are contained in the same signal, with itself.
std::int64_t Scopes::siblings(std::size_t at) const {
  std::int64_t count = 0;
  for (std::size_t other = 0; other < scopes_.size(); ++other)
    if (signal(other).contained_in == signal(at).contained_in &&
        signal(other).domain == signal(at).domain)
      ++count;
  return count;
}

/// GPUs that a node or module surely contains; those of unknown place are taken to be spread
/// evenly over the modules.
std::int64_t Scopes::gpus_inside(std::size_t at) const {
  const Signal& one = signal(at);
  if (one.domain != Domain::kNode && one.domain != Domain::kModule) return 0;
  const auto boards = std::max<std::int64_t>(1, static_cast<std::int64_t>(modules_.size()));
  std::int64_t inside = 0;
  for (const std::size_t gpu : gpus_) {
    const bool placed = std::any_of(modules_.begin(), modules_.end(), [&](std::size_t module) {
      return scopes_[gpu].outer.contains(module);
    });
    if (one.domain == Domain::kNode || scopes_[gpu].outer.contains(at))
      inside += Cover::kWhole;
    else if (!placed && (signal(gpu).socket < 0 || one.socket < 0))
      inside += Cover::kWhole / boards;
    else if (!placed && signal(gpu).socket == one.socket)
      inside += Cover::kWhole;
  }
  return inside;
}

/// How many signals of the same source share what `at` is a part of.
std::int64_t Scopes::parts_beside(std::size_t at) const {
  const Signal& one = signal(at);
  std::set<std::string_view> devices;
  for (std::size_t other = 0; other < scopes_.size(); ++other) {
    const Signal& two = signal(other);
    if (two.source == one.source && two.domain == one.domain && two.socket == one.socket &&
        scopes_[other].die < 0 && !scopes_[other].part_of_its_kind)
      devices.insert(two.device);
  }
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(devices.size()));
}

Cover Scopes::cover(std::size_t at) const {
  const Signal& one = signal(at);
  const Scope& scope = scopes_[at];
  const std::int64_t all_cpus = Cover::kWhole * socket_count();
  const auto all_memory = Cover::kWhole * static_cast<std::int64_t>(memory_sockets_.size());
  const std::int64_t inside = gpus_inside(at);
  std::int64_t parts = 1;
  if (scope.die >= 0 && one.socket >= 0 && dies_.contains(one.socket))
    parts = static_cast<std::int64_t>(dies_.at(one.socket).size());
  else if (one.domain != Domain::kGpu)
    parts = parts_beside(at);
  // Less than the whole, even all together.
  if (scope.part_of_its_kind) parts *= 2 * siblings(at);
  switch (one.domain) {
    case Domain::kNode: return {all_cpus, all_memory, inside};
    case Domain::kPlatform: return {all_cpus, all_memory, 0};
    case Domain::kModule:
      if (one.socket < 0) return {all_cpus / parts, all_memory / parts, inside};
      return {Cover::kWhole / parts,
              memory_sockets_.contains(one.socket) ? Cover::kWhole / parts : 0, inside};
    case Domain::kPackage:
    case Domain::kCore:
    case Domain::kUncore: return {(one.socket < 0 ? all_cpus : Cover::kWhole) / parts, 0, 0};
    case Domain::kDram: return {0, (one.socket < 0 ? all_memory : Cover::kWhole) / parts, 0};
    case Domain::kGpu: return {0, 0, Cover::kWhole / parts};
    case Domain::kOther: break;
  }
  return {};
}

}  // namespace joulepath::sensors
