#include "core/trace/name_merge.hpp"

namespace joulepath::trace {
namespace {

/// The merged key of each row. Key 0 means "outside" whatever its name, and no other
/// row becomes it. The first column of Row is its key.
template <class Row>
std::vector<std::uint32_t> merge(const std::vector<Row>& rows, std::uint32_t Row::*key,
                                 std::vector<Row>& merged,
                                 std::map<std::string, std::uint32_t, std::less<>>& known) {
  std::vector<std::uint32_t> keys;
  for (const Row& row : rows) {
    const auto next = static_cast<std::uint32_t>(merged.size());
    const bool outside = keys.empty();
    if (outside && next > 0) {
      keys.push_back(0);
      continue;
    }
    if (!outside) {
      const auto [entry, is_new] = known.try_emplace(row.name, next);
      keys.push_back(entry->second);
      if (!is_new) continue;
    } else {
      keys.push_back(0);
    }
    merged.push_back(row);
    merged.back().*key = next;
  }
  return keys;
}

}  // namespace

NameMerge::Keys NameMerge::add_names(const record::RunTables& run) {
  return {merge(run.phases, &record::PhaseRow::phase, merged_.phases, phases_),
          merge(run.functions, &record::FunctionRow::function, merged_.functions, functions_)};
}

void NameMerge::add_meta(const record::RunTables& run, const record::NodeInfo& node) {
  std::map<std::string, std::string, std::less<>> facts;
  for (const record::MetaRow& row : run.meta) facts[row.key] = row.value;
  for (const auto& [key, value] : facts) {
    if (key == record::kMissingRanks || key == record::kLeftOut ||
        key.starts_with(record::kClockUnknown))
      continue;  // of that gather
    // The node's identity comes in where its name is taken as well.
    for (const std::string& name :
         {key, key + "@" + node.hostname, key + "@" + node.hostname + "/" + node.identity}) {
      const auto [entry, is_new] = meta_.try_emplace(name, value);
      if (is_new) merged_.meta.push_back({name, value});
      if (entry->second == value) break;
    }
  }
}

std::vector<record::CellRow> with_keys(std::vector<record::CellRow> cells,
                                       const NameMerge::Keys& keys) {
  for (record::CellRow& cell : cells) {
    cell.phase = keys.phases[cell.phase];
    cell.function = keys.functions[cell.function];
  }
  return cells;
}

}  // namespace joulepath::trace
