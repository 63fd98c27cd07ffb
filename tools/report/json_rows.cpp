#include "tools/report/json_rows.hpp"

namespace joulepath::report {

using namespace analysis;

Json json_of(const Figure& figure) {
  Json json;
  const bool known = figure.known();
  json["value"] = known ? Json(figure.value) : Json();
  json["lo"] = known ? Json(figure.lo) : Json();
  json["hi"] = known ? Json(figure.hi) : Json();
  json["provenance"] = to_string(figure.basis);
  if (!known) json["reason"] = figure.missing_text();
  if (known && !figure.missing.empty()) json["missing"] = figure.missing;
  return json;
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json node_json(const NodeSummary& node) {
  return {{"node", node.hostname},
          {"cpu_model", node.cpu_model},
          {"duration_s", node.duration_s},
          {"ticks", node.ticks},
          {"period_s", node.period_s},
          {"ranks", node.ranks},
          {"complete", node.complete},
          {"energy_j", json_of(node.energy)},
          {"sockets", list_of(node.sockets, [](const SocketSummary& socket) {
             return Json{{"socket", socket.socket < 0 ? Json() : Json(socket.socket)},
                         {"energy_j", json_of(socket.energy)},
                         {"domains", list_of(socket.domains, [](const DomainSummary& domain) {
                            return Json{{"domain", domain.domain},
                                        {"included_in", text_or_null(domain.included_in)},
                                        {"energy_j", json_of(domain.energy)}};
                          })}};
           })}};
}

Json sensor_json(const SensorSummary& sensor) {
  Json json{{"id", sensor.id},
            {"domain", sensor.domain},
            {"device", sensor.device},
            {"node", sensor.node},
            {"socket", sensor.socket < 0 ? Json() : Json(sensor.socket)},
            {"source", sensor.source},
            {"unit", sensor.unit},
            {"provenance", sensor.provenance},
            {"counted", sensor.counted},
            {"included_in", text_or_null(sensor.included_in)},
            {"excluded_by", text_or_null(sensor.excluded_by)},
            {"samples", sensor.samples},
            {"unusable_samples", sensor.unusable_samples},
            {"lost_intervals", sensor.lost_intervals},
            {"lost_s", sensor.lost_s},
            {"energy_j", json_of(sensor.energy)},
            {"reason", text_or_null(sensor.reason)},
            {"remedy", text_or_null(sensor.remedy)},
            {"conservation", Json()}};
  if (sensor.raw)
    json["conservation"] = {{"raw_first", sensor.raw->first},
                            {"raw_last", sensor.raw->last},
                            {"raw_difference", sensor.raw->difference},
                            {"raw_attributed", json_of(sensor.raw->attributed)},
                            {"raw_idle", json_of(sensor.raw->idle)},
                            {"raw_unattributed", json_of(sensor.raw->unattributed)}};
  return json;
}

Json rank_json(const RankSummary& rank) {
  const auto seconds = [&](ReportClass report_class) {
    return rank.class_seconds[static_cast<std::size_t>(report_class)];
  };
  return {{"rank", rank.rank < 0 ? Json() : Json(rank.rank)},
          {"run", rank.rank < 0 ? Json() : Json(rank.run)},
          {"node", rank.node},
          {"pid", rank.pid > 0 ? Json(rank.pid) : Json()},
          {"sockets", rank.sockets},
          {"gpus", rank.gpus},
          {"threads", rank.threads},
          {"died", rank.died},
          {"seconds", rank.seconds},
          {"compute_s", seconds(ReportClass::kCompute)},
          {"mpi_wait_s", seconds(ReportClass::kWait)},
          {"mpi_transfer_s", seconds(ReportClass::kTransfer)},
          {"io_s", seconds(ReportClass::kIo)},
          {"mpi_other_s", seconds(ReportClass::kOther)},
          {"energy_j", json_of(rank.energy)}};
}

Json thread_json(const ThreadSummary& thread) {
  return {{"rank", thread.rank < 0 ? Json() : Json(thread.rank)},
          {"run", thread.rank < 0 ? Json() : Json(thread.run)},
          {"node", thread.node},
          {"pid", thread.pid > 0 ? Json(thread.pid) : Json()},
          {"thread", thread.thread},
          {"tid", thread.tid},
          {"seconds", thread.seconds},
          {"energy_j", json_of(thread.energy)}};
}

Json class_json(const ClassSummary& row) {
  return {{"name", to_string(row.report_class)},
          {"seconds", row.seconds},
          {"energy_j", json_of(row.energy)}};
}

Json function_json(const FunctionSummary& row) {
  return {{"name", row.name},
          {"class", row.class_name},
          {"calls", row.calls},
          {"bytes", row.bytes},
          {"seconds", row.seconds},
          {"energy_j", json_of(row.energy)},
          {"wait_seconds", json_of(row.wait_seconds)},
          {"wait_energy_j", json_of(row.wait_energy)}};
}

Json phase_json(const PhaseSummary& row) {
  return {{"name", row.name},
          {"parent", text_or_null(row.parent)},
          {"instances", json_of(row.instances)},
          {"seconds", row.seconds},
          {"energy_j", json_of(row.energy)},
          {"own_seconds", row.own_seconds},
          {"own_energy_j", json_of(row.own_energy)}};
}

Json fit_json(const FitSummary& fit) {
  return {{"node", fit.node},
          {"sensor", fit.sensor},
          {"method", to_string(fit.method)},
          {"why", text_or_null(fit.why)},
          {"ticks", fit.ticks},
          {"residual", json_of(fit.residual)},
          {"condition", json_of(fit.condition)},
          {"determined", fit.determined},
          {"edge_median_s", json_of(fit.edge_median_s)},
          {"edge_p95_s", json_of(fit.edge_p95_s)},
          {"phase_power", list_of(fit.phase_power, [](const PhasePower& row) {
             return Json{{"name", row.phase}, {"power_w", json_of(row.power_w)}};
           })}};
}

Json static_json(const StaticSummary& row) {
  return {{"node", row.node},
          {"socket", row.socket < 0 ? Json() : Json(row.socket)},
          {"domain", text_or_null(row.domain)},
          {"power_w", json_of(row.power_w)},
          {"origin", text_or_null(row.origin)}};
}

Json health_json(const Summary& summary) {
  const RecorderCost& recorder = summary.recorder;
  bool complete = !summary.nodes.empty();
  for (const auto& node : summary.nodes) complete = complete && node.complete;
  return {{"complete", complete},
          {"recorder_cpu_s", recorder.known ? Json(recorder.cpu_s) : Json()},
          {"ticks", recorder.ticks},
          {"late_ticks", recorder.late_ticks},
          {"skipped_ticks", recorder.skipped_ticks},
          {"notes", list_of(summary.health, [](const HealthNote& note) {
             return Json{{"node", note.node},
                         {"what", note.what},
                         {"subject", text_or_null(note.subject)},
                         {"count", note.count},
                         {"reason", text_or_null(note.reason)}};
           })}};
}

}  // namespace joulepath::report
