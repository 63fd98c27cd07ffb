// A figure as all JSON of Joulepath has it: value, bounds, provenance; null with the reason
// where it is not known (docs/report.md). Templates of the JSON type, so that the library's
// header stays with those who write JSON.
#pragma once

#include <string>

#include "core/analysis/figure.hpp"

namespace joulepath::report {

template <class Json>
Json figure_json(const analysis::Figure& figure) {
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

/// Indented by two, ends with a newline. Bytes that are no UTF-8 are replaced.
template <class Json>
std::string json_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace joulepath::report
