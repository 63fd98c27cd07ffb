#include "tools/report/json_report.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/report/json_figure.hpp"
#include "tools/report/labels.hpp"
#include "tools/report/view.hpp"

namespace joulepath::report {
namespace {

using Json = nlohmann::ordered_json;
using namespace analysis;

Json json_of(const Figure& figure) {
  return figure_json<Json>(figure);
}

template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

template <class Row, class Make>
Json list_of(const std::vector<Row>& rows, Make make) {
  Json list = Json::array();
  for (const auto& row : rows) list.push_back(make(row));
  return list;
}

Json shared_json(const std::optional<SharedSummary>& shared) {
  if (!shared) return {};
  return {{"others_cpu_s", shared->others_cpu_s},
          {"job_cpu_s", shared->job_cpu_s},
          {"shared_s", shared->shared_s},
          {"from_s", shared->from_s},
          {"to_s", shared->to_s},
          {"sessions", shared->sessions}};
}

Json node_json(const NodeSummary& node) {
  return {{"node", node.hostname},
          {"cpu_model", node.cpu_model},
          {"duration_s", node.duration_s},
          {"ticks", node.ticks},
          {"period_s", node.period_s},
          {"ranks", node.ranks},
          {"complete", node.complete},
          {"shared", shared_json(node.shared)},
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

/// Parts of the CPU time.
Json told_apart_json(const std::optional<analysis::ToldApart>& told) {
  if (!told || told->all_ns() <= 0.0) return {};
  return {{"core_counters", told->by_cores_ns / told->all_ns()},
          {"cycles", told->by_cycles_ns / told->all_ns()},
          {"cpu_time", told->by_cpu_time_ns / told->all_ns()}};
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
            {"told_apart_by", told_apart_json(sensor.told_apart)},
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

Json json_of(const WaitSeconds& seconds) {
  return {{"value", seconds.wait}, {"lo", seconds.lo}, {"hi", seconds.hi}};
}

Json waits_json(const WaitSummary& waits) {
  if (!waits.recorded) return {};
  return {{"events", waits.events},
          {"dropped", waits.dropped},
          {"filtered_out", waits.filtered_out},
          {"reason", text_or_null(waits.reason)},
          {"functions", list_of(waits.functions,
                                [](const WaitOfFunction& row) {
                                  return Json{{"name", row.function},
                                              {"cause", to_string(row.kind)},
                                              {"calls", row.calls},
                                              {"wait_s", json_of(row.seconds)}};
                                })},
          {"ranks", list_of(waits.ranks,
                            [](const WaitForRank& row) {
                              return Json{{"rank", row.rank},
                                          {"calls", row.calls},
                                          {"wait_s", json_of(row.seconds)}};
                            })},
          {"longest", list_of(waits.longest, [](const LongWait& row) {
             return Json{{"at_s", row.at_s},
                         {"rank", row.rank},
                         {"name", row.function},
                         {"cause", to_string(row.kind)},
                         {"wait_s", json_of(row.seconds)},
                         {"for_rank", row.for_rank},
                         {"until_s", row.until_s}};
           })}};
}

Json clocks_json(const ClocksSummary& clocks) {
  if (clocks.nodes.empty()) return {};
  const bool known = clocks.basis != ClockBasis::kNone;
  return {{"from", known ? Json(to_string(clocks.basis)) : Json()},
          {"error_s", known ? Json(clocks.error_s) : Json()},
          {"nodes", list_of(clocks.nodes, [](const NodeClockSummary& node) {
             Json json{{"node", node.node},
                       {"offset_s", Json()},
                       {"drift_ppm", Json()},
                       {"error_s", Json()},
                       {"reason", text_or_null(node.unknown)}};
             if (!node.aligned) return json;
             json["offset_s"] = node.offset_s;
             json["drift_ppm"] = node.drift_ppm;
             json["error_s"] = node.error_s;
             return json;
           })}};
}

Json gpu_json(const analysis::GpuSummary& gpu) {
  return {{"gpu", gpu.gpu},
          {"node", gpu.node},
          {"sensor", gpu.sensor},
          {"ranks", gpu.ranks},
          {"seen", gpu.seen ? Json(*gpu.seen) : Json()},
          {"shared", gpu.shared},
          {"of_job", gpu.of_job},
          {"energy_j", json_of(gpu.energy)}};
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
          {"gpus_reason", text_or_null(rank.gpus_reason)},
          {"threads", rank.threads},
          {"cpu_s", json_of(rank.cpu_seconds)},
          {"thread_imbalance", json_of(rank.thread_imbalance)},
          {"died", rank.died},
          {"seconds", rank.seconds},
          {"compute_s", seconds(ReportClass::kCompute)},
          {"mpi_wait_s", seconds(ReportClass::kWait)},
          {"mpi_transfer_s", seconds(ReportClass::kTransfer)},
          {"io_s", seconds(ReportClass::kIo)},
          {"mpi_other_s", seconds(ReportClass::kOther)},
          {"openmp_wait_s", seconds(ReportClass::kThreads)},
          {"energy_j", json_of(rank.energy)}};
}

Json thread_json(const ThreadSummary& thread) {
  return {{"rank", thread.rank < 0 ? Json() : Json(thread.rank)},
          {"run", thread.rank < 0 ? Json() : Json(thread.run)},
          {"node", thread.node},
          {"pid", thread.pid > 0 ? Json(thread.pid) : Json()},
          {"kind", thread_kind(thread.kind)},
          {"thread", thread.kind == record::LaneKind::kTold ? Json(thread.thread) : Json()},
          {"tid", thread.tid > 0 ? Json(thread.tid) : Json()},
          {"name", text_or_null(thread.name)},
          {"seconds", thread.seconds},
          {"cpu_s", json_of(thread.cpu_seconds)},
          {"work_s", thread.work_seconds},
          {"cores", thread.cpus},
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

Json counts_json(const std::vector<analysis::Counted>& counts, const Summary& summary) {
  Json json = Json::object();
  for (std::size_t i = 0; i < counts.size(); ++i)
    json[summary.counters[i].name] = {
        {"value", counts[i].value}, {"lo", counts[i].lo}, {"hi", counts[i].hi}};
  return json;
}

Json phase_json(const PhaseSummary& row, const Summary& summary) {
  return {{"name", row.name},
          {"parent", text_or_null(row.parent)},
          {"instances", json_of(row.instances)},
          {"seconds", row.seconds},
          {"energy_j", json_of(row.energy)},
          {"own_seconds", row.own_seconds},
          {"own_energy_j", json_of(row.own_energy)},
          {"counts", counts_json(row.counts, summary)},
          {"own_counts", counts_json(row.own_counts, summary)}};
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
          {"thread_period_s", json_of(recorder.thread_period_s)},
          {"notes", list_of(summary.health, [](const HealthNote& note) {
             return Json{{"node", note.node},
                         {"what", note.what},
                         {"subject", text_or_null(note.subject)},
                         {"count", note.count},
                         {"reason", text_or_null(note.reason)}};
           })}};
}

Json head_json(const Summary& summary) {
  Json json;
  json["schema_version"] = kJsonSchemaVersion;
  json["trace_schema_version"] = summary.schema_version;
  json["command"] = text_or_null(summary.command);
  json["mpi"] = text_or_null(summary.mpi);
  json["start_utc_ns"] = summary.start_utc_ns > 0 ? Json(summary.start_utc_ns) : Json();
  json["duration_s"] = summary.duration_s;
  json["estimated"] = summary.estimated();
  json["partial"] = summary.partial;
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
  if (row.cpu_seconds) json["cpu_s"] = *row.cpu_seconds;
  if (!row.cores.empty()) json["cores"] = row.cores;
  json["energy_j"] = json_of(row.energy);
  json["rows"] = list_of(row.inside, view_row_json);
  return json;
}

}  // namespace

std::string json_report(const Summary& summary) {
  Json json = head_json(summary);
  json["nodes"] = list_of(summary.nodes, node_json);
  json["sensors"] = list_of(summary.sensors, sensor_json);
  json["ranks"] = list_of(summary.ranks, rank_json);
  json["gpus"] = list_of(summary.gpus, gpu_json);
  json["threads"] = list_of(summary.threads, thread_json);
  json["classes"] = list_of(summary.classes, class_json);
  json["functions"] = list_of(summary.functions, function_json);
  json["phases"] =
      list_of(summary.phases, [&](const PhaseSummary& row) { return phase_json(row, summary); });
  json["counters"] = list_of(summary.counters, [](const analysis::CounterSummary& row) {
    return Json{{"name", row.name}, {"total", row.total}};
  });
  json["counters_absent"] = text_or_null(summary.counters_absent);
  json["counted_part"] = json_of(summary.counted_part);
  json["fits"] = list_of(summary.fits, fit_json);
  json["static"] = list_of(summary.statics, static_json);
  json["clocks"] = clocks_json(summary.clocks);
  json["waits"] = waits_json(summary.waits);
  json["imbalance"] = {{"compute_seconds", json_of(summary.imbalance.compute_seconds)},
                       {"energy", json_of(summary.imbalance.energy)}};
  json["taken_by_no_rank"] = list_of(summary.rests, [](const RestSummary& row) {
    return Json{{"kind", is_idle(row.rest) ? "idle" : "unattributed"},
                {"reason", to_string(row.rest)},
                {"energy_j", json_of(row.energy)}};
  });
  json["sensor_notes"] = summary.sensor_notes;
  json["health"] = health_json(summary);
  return json_text(json);
}

std::string json_view(const Summary& summary, const ViewOptions& options) {
  Json json = head_json(summary);
  json["by"] = to_string(options.by);
  json["sort"] = to_string(options.sort);
  json["top"] = options.top == kAllRows ? Json() : Json(options.top);
  json["rows"] = list_of(make_view(summary, options).rows, view_row_json);
  return json_text(json);
}

}  // namespace joulepath::report
