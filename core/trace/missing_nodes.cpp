#include "core/trace/missing_nodes.hpp"

#include <utility>
#include <vector>

namespace joulepath::trace {

void leave_out_nodes(record::RunTables& run, std::span<const std::size_t> present,
                     const NodeRanks& ranks, std::span<const std::string> left_out) {
  std::string all(run.meta_value(record::kLeftOut));
  for (const std::string& why : left_out) all += (all.empty() ? "" : "; ") + why;
  std::vector<record::MetaRow> clocks;
  for (std::size_t node = 0; node < present.size(); ++node) {
    const std::string key(record::kClockUnknown);
    if (const auto why = run.meta_value(key + std::to_string(present[node])); !why.empty())
      clocks.push_back({key + std::to_string(node), std::string(why)});
  }
  std::erase_if(run.meta, [](const record::MetaRow& row) {
    return row.key == record::kLeftOut || row.key == record::kMissingRanks ||
           row.key.starts_with(record::kClockUnknown);
  });
  run.meta.insert(run.meta.end(), clocks.begin(), clocks.end());
  if (std::string missing = missing_ranks(ranks); !missing.empty())
    run.meta.push_back({std::string(record::kMissingRanks), std::move(missing)});
  run.meta.push_back({std::string(record::kLeftOut), std::move(all)});
}

}  // namespace joulepath::trace
