#include "tools/compare/text_difference.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <vector>

#include "tools/report/layout.hpp"
#include "tools/report/quantity.hpp"

namespace joulepath::compare {
namespace {

using namespace report;
using analysis::Figure;

constexpr std::array<Column, 5> kColumns{{{21, Align::kLeft},
                                          {11, Align::kRight},
                                          {15, Align::kLeft},
                                          {12, Align::kRight},
                                          {17, Align::kLeft}}};

/// Of a fraction, with its sign: "-15.1 %".
std::string signed_percent(double fraction) {
  const double percent = fraction * 100.0;
  if (percent > 99'999.0) return ">99999 %";
  if (std::abs(percent) < 0.05) return percent == 0.0 ? "0 %" : percent < 0 ? "-<0.1 %" : "+<0.1 %";
  return fmt::format("{:+.{}f} %", percent, std::abs(percent) >= 1000.0 ? 0 : 1);
}

/// Rounded outwards, as the bounds of a figure.
std::string percent_bounds(const RelativeChange& relative) {
  const auto bound = [&](double fraction, double direction) {
    const double tenths = fraction * 1000.0;
    if (std::abs(tenths) > 999'990.0) return std::string(fraction < 0 ? "-99999" : ">99999");
    const double outward = direction < 0 ? std::floor(tenths) : std::ceil(tenths);
    const double percent = outward == 0.0 ? 0.0 : outward / 10.0;
    return percent < 1000.0 ? fmt::format("{:.1f}", percent)
                            : fmt::format("{:.0f}", std::ceil(percent));
  };
  return fmt::format("[{}, {}]", bound(relative.lo, -1.0),
                     relative.hi ? bound(*relative.hi, 1.0) : std::string("∞"));
}

/// What is sure stands out.
std::string verdict_text(Verdict verdict) {
  if (verdict == Verdict::kLess) return "LESS";
  if (verdict == Verdict::kMore) return "MORE";
  return std::string(to_string(verdict));
}

}  // namespace

std::string change_line(const Difference& difference, const std::string& unit) {
  std::string text = change_text(*difference.change, unit) + " " + bounds_text(*difference.change);
  if (difference.relative)
    text += fmt::format(", {} {}", signed_percent(difference.relative->value),
                        percent_bounds(*difference.relative));
  return text;
}

std::string table_head(const std::string& title) {
  return table_row(kColumns, {title, "before", "[bounds]", "difference", "[bounds]"}) +
         table_row(kColumns, {"", "after", "[bounds]", "", ""});
}

std::string difference_rows(const std::string& label, const Difference& difference,
                            const std::string& unit) {
  const auto value = [&](const std::optional<Figure>& figure) {
    return figure ? figure_text(*figure, unit) : std::string("not there");
  };
  const auto bounds = [](const std::optional<Figure>& figure) {
    return figure ? bounds_text(*figure) : std::string();
  };
  std::vector<std::string> above{"  " + label, value(difference.before), bounds(difference.before)};
  std::vector<std::string> below{"    " + verdict_text(difference.verdict), value(difference.after),
                                 bounds(difference.after)};
  if (difference.change) {
    above.push_back(change_text(*difference.change, unit));
    above.push_back(bounds_text(*difference.change));
  }
  if (difference.relative) {
    below.push_back(signed_percent(difference.relative->value));
    below.push_back(percent_bounds(*difference.relative));
  }
  return table_row(kColumns, above) + table_row(kColumns, below);
}

}  // namespace joulepath::compare
