// The shared tables of several files made one: phases and functions of equal name get
// one key, facts that differ between nodes are kept under "key@hostname".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/record/tables.hpp"

namespace joulepath::trace {

class NameMerge {
 public:
  /// For each key of an input, the key in the merged tables.
  struct Keys {
    std::vector<std::uint32_t> phases;
    std::vector<std::uint32_t> functions;
  };

  Keys add_names(const record::RunTables& run);
  void add_meta(const record::RunTables& run, const record::NodeInfo& node);
  /// A fact about the merged file.
  void add_fact(std::string_view key, std::string value) {
    merged_.meta.push_back({std::string(key), std::move(value)});
  }
  [[nodiscard]] const record::RunTables& merged() const { return merged_; }

 private:
  record::RunTables merged_;
  std::map<std::string, std::uint32_t, std::less<>> phases_;
  std::map<std::string, std::uint32_t, std::less<>> functions_;
  std::map<std::string, std::string, std::less<>> meta_;
};

/// The cells of an input by the merged keys.
std::vector<record::CellRow> with_keys(std::vector<record::CellRow> cells,
                                       const NameMerge::Keys& keys);

}  // namespace joulepath::trace
