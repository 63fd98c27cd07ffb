#include "sensors/sampler/choice.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "sensors/sampler/best_set.hpp"
#include "sensors/sampler/scope.hpp"

namespace joulepath::sensors {
namespace {

using record::Domain;
using record::Signal;

bool is_counter(const Signal& signal) {
  return signal.kind == record::Kind::kEnergy;
}

/// What a model says, of a fallback or of a backend that stands beside sensors.
bool is_model(const Candidate& candidate) {
  return candidate.backend->fallback ||
         candidate.signal.provenance == record::Provenance::kEstimated;
}

bool is_part_of_cpus(const Signal& signal) {
  return signal.domain == Domain::kCore || signal.domain == Domain::kUncore;
}

/// The finer, the lower.
std::int64_t coarseness(const Signal& signal, bool hides_dies) {
  switch (signal.domain) {
    case Domain::kCore:
    case Domain::kUncore:
    case Domain::kGpu: return 0;
    case Domain::kDram: return signal.socket < 0 ? 1 : 0;
    case Domain::kPackage:
      if (signal.socket < 0) return 3;
      return hides_dies ? 2 : 1;
    case Domain::kModule: return 4;
    case Domain::kPlatform: return 5;
    case Domain::kNode: return 6;
    case Domain::kOther: break;
  }
  return 7;
}

class Chooser {
 public:
  explicit Chooser(std::span<Candidate> candidates) : all_(candidates), scopes_(candidates) {}

  void choose() {
    mark_counted();
    for (std::size_t at = 0; at < all_.size(); ++at)
      if (!signal(at).counted) explain(at);
    exclude_repeated_parts();
  }

 private:
  [[nodiscard]] Signal& signal(std::size_t at) const { return all_[at].signal; }

  /// The first that `matches`, in the order of the table.
  template <class Matches>
  std::optional<std::size_t> first(Matches matches) const {
    for (std::size_t at = 0; at < all_.size(); ++at)
      if (matches(at)) return at;
    return std::nullopt;
  }

  [[nodiscard]] bool may_count(std::size_t at) const {
    const Signal& one = signal(at);
    if (!one.readable || one.domain == Domain::kOther) return false;
    return !is_part_of_cpus(one) || !first([&](std::size_t outer) {
      return !is_part_of_cpus(signal(outer)) && scopes_.contains(outer, at);
    });
  }

  /// Whoever says that its figure is part of another's knows that there is a rest.
  [[nodiscard]] bool is_declared_part(const Signal& one) const {
    const auto outer =
        first([&](std::size_t other) { return signal(other).id == one.contained_in; });
    return outer && signal(*outer).readable;
  }

  [[nodiscard]] Worth worth_of(std::size_t at) const {
    const Signal& one = signal(at);
    const Cover cover = scopes_.cover(at);
    const std::int64_t all = std::max<std::int64_t>(cover.all(), 1);
    Worth worth{};
    if (is_model(all_[at])) {
      worth[4] = cover.cpus;
      worth[5] = all;
    } else {
      worth[1] = cover.cpus;
      worth[3] = all;
      if (is_counter(one)) {
        worth[0] = cover.cpus;
        worth[2] = all;
      }
    }
    worth[6] = is_declared_part(one) ? -cover.cpus : 0;
    worth[7] = -coarseness(one, scopes_.hides_dies(at)) * all;
    worth[8] = all_[at].backend->priority * all;
    worth[9] = -static_cast<std::int64_t>(at);
    return worth;
  }

  void mark_counted() {
    std::vector<std::size_t> able;
    std::vector<Worth> worth;
    for (std::size_t at = 0; at < all_.size(); ++at) {
      signal(at).counted = false;
      if (!may_count(at)) continue;
      able.push_back(at);
      worth.push_back(worth_of(at));
    }
    std::vector<std::vector<bool>> excludes(able.size(), std::vector<bool>(able.size(), false));
    for (std::size_t a = 0; a < able.size(); ++a)
      for (std::size_t b = 0; b < able.size(); ++b)
        excludes[a][b] = a != b && scopes_.overlap(able[a], able[b]);
    for (const std::size_t at : best_set(worth, excludes)) {
      signal(able[at]).counted = true;
      signal(able[at]).reason.clear();
    }
  }

  /// Which counted signal says the same, or why else it is left out.
  void explain(std::size_t at) {
    Signal& one = signal(at);
    const bool model = is_model(all_[at]);
    const auto same = first([&](std::size_t other) {
      return signal(other).counted && scopes_.same_device(at, other) &&
             (model || !is_model(all_[other]));
    });
    if (same) {
      one.excluded_by = signal(*same).id;
    } else if (const auto repeat = first([&](std::size_t other) {
                 return other < at && signal(other).readable && !signal(other).counted &&
                        signal(other).source == one.source && signal(other).device == one.device &&
                        scopes_.same_device(at, other);
               })) {
      one.excluded_by = signal(*repeat).id;
    }
    if (!one.readable) return;
    one.reason = one.excluded_by.empty()
                     ? why_left_out(at)
                     : "same energy as " + one.excluded_by + ", which is preferred";
  }

  [[nodiscard]] bool container_counts(const Signal& one) const {
    return first([&](std::size_t other) {
             return signal(other).counted && signal(other).id == one.contained_in;
           })
        .has_value();
  }

  /// How many parts of its kind the same source has in its socket: every core, or only one.
  [[nodiscard]] std::int64_t parts_told(const Signal& one) const {
    return std::count_if(all_.begin(), all_.end(), [&](const Candidate& other) {
      return other.signal.source == one.source && other.signal.domain == one.domain &&
             other.signal.socket == one.socket;
    });
  }

  /// Cores by one backend and by another are the same cores, and are shown as part of their
  /// package once: by who tells most of them, then by who counts the package, then by priority.
  void exclude_repeated_parts() {
    std::vector<std::size_t> parts;
    for (std::size_t at = 0; at < all_.size(); ++at) {
      const Signal& one = signal(at);
      if (one.readable && !one.counted && is_part_of_cpus(one) && one.excluded_by.empty())
        parts.push_back(at);
    }
    const auto order = [&](std::size_t at) {
      return std::tuple(-parts_told(signal(at)), !container_counts(signal(at)),
                        -all_[at].backend->priority);
    };
    std::stable_sort(parts.begin(), parts.end(),
                     [&](std::size_t a, std::size_t b) { return order(a) < order(b); });
    std::vector<std::size_t> shown;
    for (const std::size_t at : parts) {
      const auto same = std::find_if(shown.begin(), shown.end(), [&](std::size_t other) {
        return signal(other).source != signal(at).source && scopes_.same_device(at, other);
      });
      if (same == shown.end())
        shown.push_back(at);
      else
        exclude(at, *same);
    }
  }

  void exclude(std::size_t at, std::size_t by) {
    signal(at).excluded_by = signal(by).id;
    signal(at).reason = "same energy as " + signal(by).id + ", which is preferred";
  }

  std::string why_left_out(std::size_t at) {
    Signal& one = signal(at);
    const auto counted = [&](auto matches) {
      return first([&](std::size_t other) { return signal(other).counted && matches(other); });
    };
    if (const auto outer =
            counted([&](std::size_t other) { return scopes_.contains(other, at); })) {
      if (one.contained_in.empty()) one.contained_in = signal(*outer).id;
      return "part of " + one.contained_in;
    }
    if (const auto inner =
            counted([&](std::size_t other) { return scopes_.contains(at, other); })) {
      if (signal(*inner).domain == Domain::kPackage)
        return "contains the packages, which are counted one by one";
      return "contains " + signal(*inner).id + ", which is counted";
    }
    if (!one.contained_in.empty()) return "part of " + one.contained_in;
    if (one.domain == Domain::kOther) return "what it covers is not known";
    if (const auto meets = counted([&](std::size_t other) { return scopes_.overlap(at, other); }))
      return "may overlap " + signal(*meets).id + ", which is counted";
    if (const auto outer = first([&](std::size_t other) { return scopes_.contains(other, at); }))
      return "part of " + signal(*outer).id;
    return "what it covers is not known";
  }

  std::span<Candidate> all_;
  Scopes scopes_;
};

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
  // A container that was not selected is in no table: it cannot be named.
  for (Candidate& candidate : candidates) {
    std::string& outer = candidate.signal.contained_in;
    if (std::none_of(candidates.begin(), candidates.end(),
                     [&](const Candidate& other) { return other.signal.id == outer; }))
      outer.clear();
  }
  Chooser(candidates).choose();
}

}  // namespace joulepath::sensors
