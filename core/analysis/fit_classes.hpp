// Which work is taken to need one power: the classes of a fit over one window. As fine as
// the number of intervals allows: by process, phase, and compute or MPI; else by phase, and
// compute or MPI; else only compute or MPI. Where takers' work tells what makes processes unequal
// (work_weights.hpp), not by process: a fit that doubts it only finds noise.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/analysis/slot_table.hpp"

namespace joulepath::analysis {

class FitClasses {
 public:
  /// `present`: the slots that took part, each once. `intervals`: how many will be fitted.
  FitClasses(const SlotTable& slots, std::span<const std::uint32_t> present, std::size_t intervals,
             bool by_process);

  [[nodiscard]] std::size_t count() const { return count_; }
  /// Of a slot that is present.
  [[nodiscard]] std::uint32_t class_of(std::uint32_t slot) const { return by_slot_[slot]; }
  /// Number of the slot's (class, lane) pair; nothing where its class is that lane's alone.
  [[nodiscard]] std::optional<std::uint32_t> lane_part_of(std::uint32_t slot) const {
    const std::uint32_t part = part_of_slot_[slot];
    return part != kNone ? std::optional(part) : std::nullopt;
  }
  [[nodiscard]] std::size_t parts() const { return class_of_part_.size(); }
  [[nodiscard]] std::uint32_t class_of_part(std::uint32_t part) const {
    return class_of_part_[part];
  }
  /// The classes that make up a group; nothing when it shares one of them with another.
  [[nodiscard]] std::optional<std::vector<bool>> members(std::uint32_t group) const;

 private:
  enum class Detail { kProcess, kPhase, kKind };
  std::size_t divide(const SlotTable& slots, std::span<const std::uint32_t> present, Detail detail);
  void find_parts(const SlotTable& slots, std::span<const std::uint32_t> present);
  void find_groups(const SlotTable& slots, std::span<const std::uint32_t> present);

  static constexpr std::uint32_t kNone = 0xffffffffu;
  static constexpr std::uint32_t kSeveral = 0xfffffffeu;
  std::size_t count_ = 0;
  std::vector<std::uint32_t> by_slot_;
  std::vector<std::uint32_t> part_of_slot_;
  std::vector<std::uint32_t> class_of_part_;
  GroupLayout layout_;
  /// By kind and class: the one group of all its slots, or kSeveral.
  std::array<std::vector<std::uint32_t>, kGroupKinds> group_of_class_;
  std::vector<bool> shares_class_;  ///< by group
};

}  // namespace joulepath::analysis
