#include "tools/report/json_report.hpp"

#include <variant>

#include "tools/report/json_rows.hpp"
#include "tools/report/view.hpp"

namespace joulepath::report {
namespace {

using namespace analysis;

Json head_json(const Summary& summary) {
  Json json;
  json["schema_version"] = kJsonSchemaVersion;
  json["trace_schema_version"] = summary.schema_version;
  json["command"] = text_or_null(summary.command);
  json["mpi"] = text_or_null(summary.mpi);
  json["start_utc_ns"] = summary.start_utc_ns > 0 ? Json(summary.start_utc_ns) : Json();
  json["duration_s"] = summary.duration_s;
  json["estimated"] = summary.estimated();
  json["energy_j"] = json_of(summary.energy);
  json["idle_j"] = json_of(summary.idle);
  json["unattributed_j"] = json_of(summary.unattributed);
  return json;
}

Json view_row_json(const ViewRow& row) {
  Json json;
  json["label"] = row.label;
  for (const auto& [key, value] : row.keys)
    std::visit([&json, &name = key](const auto& known) { json[name] = known; }, value);
  if (row.more > 0) json["more"] = row.more;
  json["seconds"] = json_of(row.seconds);
  json["calls"] = json_of(row.calls);
  json["energy_j"] = json_of(row.energy);
  json["rows"] = list_of(row.inside, view_row_json);
  return json;
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string json_report(const Summary& summary) {
  Json json = head_json(summary);
  json["nodes"] = list_of(summary.nodes, node_json);
  json["sensors"] = list_of(summary.sensors, sensor_json);
  json["ranks"] = list_of(summary.ranks, rank_json);
  json["threads"] = list_of(summary.threads, thread_json);
  json["classes"] = list_of(summary.classes, class_json);
  json["functions"] = list_of(summary.functions, function_json);
  json["phases"] = list_of(summary.phases, phase_json);
  json["fits"] = list_of(summary.fits, fit_json);
  json["static"] = list_of(summary.statics, static_json);
  json["imbalance"] = {{"compute_seconds", json_of(summary.imbalance.compute_seconds)},
                       {"energy", json_of(summary.imbalance.energy)}};
  json["taken_by_no_rank"] = list_of(summary.rests, [](const RestSummary& row) {
    return Json{{"kind", is_idle(row.rest) ? "idle" : "unattributed"},
                {"reason", to_string(row.rest)},
                {"energy_j", json_of(row.energy)}};
  });
  json["sensor_notes"] = summary.sensor_notes;
  json["health"] = health_json(summary);
  return text_of(json);
}

std::string json_view(const Summary& summary, const ViewOptions& options) {
  Json json = head_json(summary);
  json["by"] = to_string(options.by);
  json["sort"] = to_string(options.sort);
  json["top"] = options.top == kAllRows ? Json() : Json(options.top);
  json["rows"] = list_of(make_view(summary, options).rows, view_row_json);
  return text_of(json);
}

}  // namespace joulepath::report
