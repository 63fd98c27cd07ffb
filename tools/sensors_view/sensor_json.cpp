#include "tools/sensors_view/sensor_json.hpp"

#include <nlohmann/json.hpp>

namespace joulepath::tools {
namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(const std::string& text) {
  return text.empty() ? ordered_json() : ordered_json(text);
}

ordered_json seconds_or_null(std::int64_t ns) {
  return ns > 0 ? ordered_json(static_cast<double>(ns) * 1e-9) : ordered_json();
}

ordered_json as_json(const record::Signal& signal, const MeasuredUpdates& updates) {
  const bool measured = updates.outcome == MeasuredUpdates::Outcome::kPeriod;
  return {
      {"id", signal.id},
      {"domain", to_string(signal.domain)},
      {"device", signal.device},
      {"socket", signal.socket >= 0 ? ordered_json(signal.socket) : ordered_json()},
      {"pci", text_or_null(signal.pci)},
      {"uuid", text_or_null(signal.uuid)},
      {"kind", to_string(signal.kind)},
      {"unit", signal.unit},
      {"source", signal.source},
      {"provenance", to_string(signal.provenance)},
      {"chosen", signal.counted},
      {"contained_in", text_or_null(signal.contained_in)},
      {"excluded_by", text_or_null(signal.excluded_by)},
      {"update_period_s", seconds_or_null(measured ? updates.period_ns : signal.update_period_ns)},
      {"update_period_measured", measured},
      {"readable", signal.readable},
      {"reason", text_or_null(signal.reason)},
      {"remedy", text_or_null(signal.remedy)}};
}

}  // namespace

std::string sensor_json(const sensors::Sampler& sampler,
                        const std::vector<MeasuredUpdates>& updates) {
  ordered_json all = ordered_json::array();
  for (const record::SensorRow& row : sampler.sensors())
    all.push_back(as_json(row.signal, updates.empty() ? MeasuredUpdates{} : updates[row.sensor]));
  ordered_json notes = ordered_json::array();
  for (const sensors::BackendNote& note : sampler.notes())
    notes.push_back({{"backend", note.backend}, {"note", note.text}});
  // What a device says of itself need not be UTF-8.
  return ordered_json{{"schema_version", 1}, {"sensors", all}, {"notes", notes}}.dump(
             2, ' ', false, ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace joulepath::tools
