// Who can take energy on one node, in dense indices: a slot is a (lane, cell) pair that
// was active; a scope is a set of signals with the same takers (the node, one
// socket, or one GPU); a group is a process, function, phase, report class or lane.
// Filled while a trace streams by: a look-up is two array reads.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/record/tables.hpp"

namespace joulepath::analysis {

/// Kinds of group, in the order of their ranges.
enum class GroupKind : std::uint8_t { kProcess, kFunction, kPhase, kClass, kLane };
inline constexpr std::size_t kGroupKinds = 5;

/// All groups of a node in one flat range: first[kind] + key.
struct GroupLayout {
  std::array<std::uint32_t, kGroupKinds> first{};
  std::uint32_t count = 0;
  [[nodiscard]] std::uint32_t index(GroupKind kind, std::uint32_t key) const {
    return first[static_cast<std::size_t>(kind)] + key;
  }
};

/// Exact sums of one (lane, cell) pair.
struct Slot {
  std::uint32_t lane = 0;
  std::uint32_t cell = 0;
  std::uint64_t ns = 0;
  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;
  std::uint64_t wait_ns = 0;  ///< part of ns: calls beyond the least time seen for them
  std::array<std::uint32_t, kGroupKinds> groups{};  ///< in GroupLayout
};

/// Whether a slot is time outside MPI.
bool is_compute(const Slot& slot, const GroupLayout& layout);

/// A lane takes part in `scope` with this part of its time.
struct ScopeShare {
  std::uint32_t scope = 0;
  double part = 1.0;
};

/// Numbers in a list such as "0,2"; what is no number is skipped.
std::vector<int> parse_sockets(std::string_view text);

class SlotTable {
 public:
  /// `sockets` and `gpus`: those that have a signal of their own. Scope 0 is the node, scope
  /// i + 1 is sockets[i], and the GPUs come after them.
  SlotTable(const record::RunTables& run, const record::NodeTables& node, std::vector<int> sockets,
            std::vector<std::string> gpus = {});

  /// The slot of a row's lane and cell; nothing when a table does not know one of them.
  std::optional<std::uint32_t> slot_of(std::uint32_t lane, std::uint32_t cell) {
    if (lane >= lane_scopes_.size() || cell >= cell_count_) return std::nullopt;
    std::uint32_t& slot = slots_by_pair_[lane * cell_count_ + cell];
    if (slot == record::kNone32) slot = create(lane, cell);
    return slot;
  }
  [[nodiscard]] const std::vector<ScopeShare>& scopes_of(std::uint32_t lane) const {
    return lane_scopes_[lane];
  }
  Slot& slot(std::uint32_t index) { return slots_[index]; }
  [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }
  [[nodiscard]] const GroupLayout& groups() const { return groups_; }
  [[nodiscard]] std::size_t scope_count() const { return sockets_.size() + gpus_.size() + 1; }
  [[nodiscard]] std::uint32_t scope_of_socket(int socket) const;
  /// Of its GPU, else of its socket; 0: of the node.
  [[nodiscard]] std::uint32_t scope_of(const record::Signal& signal) const;
  /// Whether any process may run in the scope.
  [[nodiscard]] bool scope_has_process(std::uint32_t scope) const { return used_[scope]; }

 private:
  std::uint32_t create(std::uint32_t lane, std::uint32_t cell);
  [[nodiscard]] std::uint32_t scope_of_gpu(std::size_t index) const;
  std::vector<std::vector<ScopeShare>> scopes_of_processes(const record::NodeTables& node);

  std::vector<int> sockets_;
  std::vector<std::string> gpus_;
  std::vector<bool> used_;
  std::vector<std::vector<ScopeShare>> lane_scopes_;
  std::vector<std::uint32_t> lane_process_;
  /// Groups of a cell; process and lane are those of the slot.
  std::vector<std::array<std::uint32_t, kGroupKinds>> cell_groups_;
  std::size_t cell_count_ = 0;
  std::vector<std::uint32_t> slots_by_pair_;
  std::vector<Slot> slots_;
  GroupLayout groups_;
};

}  // namespace joulepath::analysis
