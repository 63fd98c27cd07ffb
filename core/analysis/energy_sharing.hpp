// Shares one counter's energy out among slots, a window of intervals at a time: by the
// powers of a least-squares fit (power_fit.hpp) where the data allow one, else by time.
// Whatever the split, the units of each interval go out exactly. Also keeps the bounds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/analysis/apportion.hpp"
#include "core/analysis/core_split.hpp"
#include "core/analysis/energy_interval.hpp"
#include "core/analysis/fit_classes.hpp"
#include "core/analysis/power_fit.hpp"
#include "core/analysis/scope_window.hpp"
#include "core/analysis/share_bounds.hpp"

namespace joulepath::analysis {

/// What became of the fits over a trace's windows.
struct FitFacts {
  std::uint64_t fitted_units = 0;  ///< shared out by a fit that had enough intervals
  std::uint64_t timed_units = 0;   ///< shared out by time, for want of intervals or classes
  double residual = 0.0;           ///< relative root mean square, weighted by units
  double absent_units = 0.0;       ///< at most so much was used while no lane was there
  std::vector<float> edge_widths_ns;
};

class EnergySharing {
 public:
  /// `cap`: most units per ns of a device of that kind; infinite when not known.
  EnergySharing(const SlotTable& slots, double cap) : slots_(slots), bounds_(slots.groups(), cap) {}

  /// `static_power`: units per ns that flow whatever the lanes do; 0: not known.
  /// `highest_power`: seen in the counter so far, units per ns. `cores`: what the counters of
  /// its cores told of the window, or null; then static power is what they left.
  void share_window(ScopeWindow& window, std::span<const EnergyInterval> intervals,
                    double static_power, double highest_power, CoreSplit* cores);
  /// One interval whose ticks are no longer kept one by one.
  void share_alone(std::span<const WindowTaker> takers, const EnergyInterval& interval,
                   double highest_power);
  /// Takers' busy time is what they used the device itself, not a CPU: static power that is not
  /// known goes with it.
  void share_by_use() { by_use_ = true; }
  /// Takers' work tells what makes processes unequal (work_weights.hpp), or it does not.
  void share_by_work(bool told) { by_work_ = told; }
  void note_width(double width_ns) {
    facts_.edge_widths_ns.push_back(static_cast<float>(width_ns));
  }

  [[nodiscard]] std::vector<std::uint64_t> whole_units() const {
    return ledger_.whole_units(slots_.slots().size());
  }
  [[nodiscard]] std::vector<GroupBounds> bounds() const { return bounds_.bounds(); }
  [[nodiscard]] const FitFacts& facts() const { return facts_; }

 private:
  /// An interval that is fitted as one, and the readings within it.
  struct Piece {
    EnergyInterval whole;
    std::span<const EnergyInterval> parts;
  };
  /// How to split: by static power and presence, and by the classes' powers and busy time.
  struct Split {
    const FitClasses* classes = nullptr;
    double static_power = 0.0;
    const CoreSplit* cores = nullptr;  ///< tells static power better, where it is not null
    bool by_cpu_time = false;          ///< whatever work the takers are said to have done
    [[nodiscard]] double work_of(const WindowTaker& taker) const {
      return static_cast<double>(by_cpu_time ? taker.busy : taker.work);
    }
    [[nodiscard]] double static_units(const EnergyInterval& interval) const {
      return cores != nullptr ? cores->rest_units(interval.begin, interval.end)
                              : static_power * interval.length_ns;
    }
    std::optional<PowerFit> fit;  ///< nothing: all powers are equal
    /// Of joined intervals, where `fit` is of their parts: only this one knows how sure it is.
    std::optional<PowerFit> joined_fit;
    bool mixed = false;  ///< some readings were taken at an update of the counter, some were not
    /// How far the readings within a joined interval are trusted against the fit, 0 to 1.
    double trust = 1.0;
  };
  /// `split` says all but its powers, which are found here if the pieces tell.
  [[nodiscard]] Split split_of(ScopeWindow& window, Split split, std::span<const Piece> pieces);
  [[nodiscard]] PowerFit fit_of(ScopeWindow& window, const Split& split,
                                std::span<const EnergyInterval> intervals);
  /// How far what the powers say of some classes may be off; nothing: that is not known.
  [[nodiscard]] static std::optional<double> doubt_of(const Split& split,
                                                      const std::vector<bool>& members);
  /// Shares of the piece by taker, into shares_; they add up to 1.
  void divide(ScopeWindow& window, const Piece& piece, const Split& split);
  /// Adds a part's, which add up to `weight`; of its units, `static_units` flow anyway.
  void divide_part(std::span<const WindowTaker> takers, double units, double static_units,
                   const Split& split, double weight);
  /// Changes the takers' work until what they get beside static energy is what the counters of
  /// their cores say.
  void follow_cores(ScopeWindow& window, std::span<const Piece> pieces, const Split& split,
                    CoreSplit& cores);
  /// By group, what it gets by a split.
  [[nodiscard]] std::vector<double> group_shares(ScopeWindow& window, std::span<const Piece> pieces,
                                                 const Split& split);
  /// What the powers say that the takers used in the interval.
  [[nodiscard]] static double predicted(ScopeWindow& window, const EnergyInterval& interval,
                                        const Split& split);
  /// Energies of the parts, into part_units_: between what the readings and the fit say.
  void weigh_parts(ScopeWindow& window, const Piece& piece, const Split& split);
  [[nodiscard]] double trust_in_parts(ScopeWindow& window, std::span<const Piece> pieces,
                                      const Split& split);
  /// Adds what shares_ give each group of `units`.
  void add_to_groups(std::span<const WindowTaker> takers, std::uint64_t units,
                     std::vector<double>& group_shares) const;
  void share(std::span<const WindowTaker> takers, std::uint64_t units,
             std::vector<double>& group_shares);
  [[nodiscard]] static bool sleep_or_leave(ScopeWindow& window, std::span<const Piece> pieces);
  /// By group: how far its share may be off because static power is not known, but lies
  /// between none and `lowest`.
  [[nodiscard]] std::vector<double> static_doubt(ScopeWindow& window, const FitClasses& classes,
                                                 std::span<const Piece> pieces, double lowest,
                                                 std::span<const double> shares);
  [[nodiscard]] std::vector<GroupTime> groups_of(std::span<const WindowTaker> takers);
  /// Pieces, and what each group was given of them.
  struct Shared {
    std::span<const Piece> pieces;
    std::span<const double> shares;
  };
  void add_bounds(ScopeWindow& window, const Shared& usual, const Shared& others,
                  double highest_power, const ShareBounds::FitWidth& fit_width);
  [[nodiscard]] std::vector<std::uint32_t> present(ScopeWindow& window,
                                                   std::span<const EnergyInterval> intervals);
  [[nodiscard]] BoundedInterval bounded(const EnergyInterval& interval,
                                        std::span<const GroupTime> groups,
                                        double highest_power) const;

  const SlotTable& slots_;
  ShareLedger ledger_;
  ShareBounds bounds_;
  FitFacts facts_;
  bool by_use_ = false;
  bool by_work_ = false;
  // Scratch.
  std::vector<Taker> takers_;
  std::vector<double> shares_;
  std::vector<double> dynamic_shares_;  ///< the part of them beside static energy
  std::vector<double> part_units_;
  GroupTimes group_times_;
  std::vector<double> class_ns_;
  std::vector<ClassTime> class_times_;
  std::vector<double> lane_ns_;
  std::vector<LaneTime> lane_times_;
  std::vector<bool> seen_;
};

}  // namespace joulepath::analysis
