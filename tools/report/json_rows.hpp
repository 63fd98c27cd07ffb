// The entities of a summary as JSON objects (docs/report.md). What is not known is null.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/summary.hpp"

namespace joulepath::report {

using Json = nlohmann::ordered_json;

Json json_of(const analysis::Figure& figure);
/// Text, or null where there is none.
Json text_or_null(const std::string& text);

template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

template <class Row, class Make>
Json list_of(const std::vector<Row>& rows, Make make) {
  Json list = Json::array();
  for (const auto& row : rows) list.push_back(make(row));
  return list;
}

Json node_json(const analysis::NodeSummary& node);
Json sensor_json(const analysis::SensorSummary& sensor);
Json rank_json(const analysis::RankSummary& rank);
Json thread_json(const analysis::ThreadSummary& thread);
Json class_json(const analysis::ClassSummary& row);
Json function_json(const analysis::FunctionSummary& row);
Json phase_json(const analysis::PhaseSummary& row);
Json fit_json(const analysis::FitSummary& fit);
Json static_json(const analysis::StaticSummary& row);
Json health_json(const analysis::Summary& summary);

}  // namespace joulepath::report
