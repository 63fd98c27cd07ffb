#include "tools/compare/json_comparison.hpp"

#include <nlohmann/json.hpp>

#include "tools/report/json_figure.hpp"

namespace joulepath::compare {
namespace {

using Json = nlohmann::ordered_json;
using report::figure_json;

/// Stable names; the text's have blanks.
const char* key_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kLess: return "less";
    case Verdict::kMore: return "more";
    case Verdict::kWithinBounds: return "within_bounds";
    case Verdict::kOnlyBefore: return "only_before";
    case Verdict::kOnlyAfter: return "only_after";
    case Verdict::kNotAlike: return "not_alike";
    case Verdict::kUnknown: break;
  }
  return "unknown";
}

template <class T>
Json value_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json figure_or_null(const std::optional<analysis::Figure>& figure) {
  return figure ? figure_json<Json>(*figure) : Json();
}

Json difference_json(const Difference& difference) {
  Json relative;
  if (difference.relative)
    relative = {{"value", difference.relative->value},
                {"lo", difference.relative->lo},
                {"hi", value_or_null(difference.relative->hi)}};
  return {{"verdict", key_of(difference.verdict)},
          {"reason", difference.reason.empty() ? Json() : Json(difference.reason)},
          {"before", figure_or_null(difference.before)},
          {"after", figure_or_null(difference.after)},
          {"difference", figure_or_null(difference.change)},
          {"relative", relative}};
}

Json rows_json(const std::vector<ComparedRow>& rows) {
  Json list = Json::array();
  for (const ComparedRow& row : rows)
    list.push_back({{"name", row.name},
                    {"energy_j", difference_json(row.energy)},
                    {"each_j", row.each ? difference_json(*row.each) : Json()},
                    {"seconds_before", value_or_null(row.seconds_before)},
                    {"seconds_after", value_or_null(row.seconds_after)},
                    {"count_before", value_or_null(row.count_before)},
                    {"count_after", value_or_null(row.count_after)}});
  return list;
}

Json runs_json(const std::vector<RunFigures>& runs) {
  Json list = Json::array();
  for (const RunFigures& run : runs)
    list.push_back({{"trace", run.trace},
                    {"command", run.command},
                    {"mpi", run.mpi},
                    {"nodes", run.hosts},
                    {"ranks", run.ranks},
                    {"duration_s", run.duration_s.value},
                    {"energy_j", figure_json<Json>(run.energy)},
                    {"counted", run.counted},
                    {"incomplete", run.incomplete},
                    {"shared", run.shared}});
  return list;
}

}  // namespace

std::string json_comparison(const Comparison& comparison) {
  Json json;
  json["schema_version"] = kJsonSchemaVersion;
  json["before"] = runs_json(comparison.before);
  json["after"] = runs_json(comparison.after);
  json["warnings"] = comparison.warnings;
  json["energy_j"] = difference_json(comparison.energy);
  json["duration_s"] = difference_json(comparison.duration);
  json["mean_power_w"] = difference_json(comparison.power);
  json["energy_delay_js"] = difference_json(comparison.delay_product);
  json["phases"] = rows_json(comparison.phases);
  json["classes"] = rows_json(comparison.classes);
  json["functions"] = rows_json(comparison.functions);
  json["domains"] = rows_json(comparison.domains);
  return report::json_text(json);
}

}  // namespace joulepath::compare
