#include "core/analysis/phase_tree.hpp"

#include <map>
#include <utility>

namespace joulepath::analysis {
namespace {

class Tree {
 public:
  explicit Tree(const std::vector<PhaseSummary>& phases) {
    // Two phases may have one path: "a/b", and b inside a.
    for (const auto& phase : phases) {
      PhaseSummary& row = rows_[place_of(phase.name)];
      row.own_seconds += phase.own_seconds;
      row.own_energy.add(phase.own_energy);
      add_each(row.own_counts, phase.own_counts);
      if (phase.instances) row.instances = row.instances.value_or(0) + *phase.instances;
    }
  }

  std::vector<PhaseSummary> take() {
    std::vector<PhaseSummary> ordered;
    for (const std::size_t top : children_[{}]) sum_up(top, ordered);
    return ordered;
  }

 private:
  /// Position of the phase with that path, made with all that it lies in where missing.
  std::size_t place_of(const std::string& path) {
    if (const auto known = places_.find(path); known != places_.end()) return known->second;
    PhaseSummary row;
    row.name = path;
    const std::size_t slash = path == kOutsidePhases ? std::string::npos : path.rfind('/');
    if (slash != std::string::npos && slash > 0) {
      row.parent = path.substr(0, slash);
      place_of(row.parent);
    }
    const std::size_t place = rows_.size();
    children_[row.parent].push_back(place);
    places_.emplace(path, place);
    rows_.push_back(std::move(row));
    return place;
  }

  /// Appends the phase and what lies in it; the phase's sums are those of its level.
  std::size_t sum_up(std::size_t place, std::vector<PhaseSummary>& ordered) {
    const std::size_t at = ordered.size();
    ordered.push_back(rows_[place]);
    double seconds = ordered[at].own_seconds;
    Figure energy = ordered[at].own_energy;
    std::vector<Counted> counts = ordered[at].own_counts;
    bool nested = false;
    if (const auto inside = children_.find(rows_[place].name); inside != children_.end()) {
      for (const std::size_t child : inside->second) {
        const std::size_t row = sum_up(child, ordered);
        seconds += ordered[row].seconds;
        energy.add(ordered[row].energy);
        add_each(counts, ordered[row].counts);
        nested = true;
      }
    }
    PhaseSummary& phase = ordered[at];
    phase.seconds = seconds;
    phase.energy = energy;
    phase.counts = std::move(counts);
    phase.has_nested = nested;
    // One that no thread was ever in itself took nothing, if energy is known at all.
    const bool never = !phase.own_energy.known() && phase.own_energy.missing.empty();
    if (never) phase.own_energy = energy.known() ? zero_figure(energy.basis) : energy;
    return at;
  }

  std::vector<PhaseSummary> rows_;
  std::map<std::string, std::size_t> places_;
  std::map<std::string, std::vector<std::size_t>> children_;
};

}  // namespace

std::vector<PhaseSummary> phase_tree(const std::vector<PhaseSummary>& phases) {
  return Tree(phases).take();
}

}  // namespace joulepath::analysis
