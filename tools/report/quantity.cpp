#include "tools/report/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace joulepath::report {
namespace {

using analysis::Figure;

struct Scale {
  double factor;
  const char* prefix;
};

/// Decimals that give a number four significant digits, at most three.
int decimals_for(double number) {
  const double size = std::abs(number);
  if (size >= 999.95) return 0;
  if (size >= 99.995) return 1;
  if (size >= 9.9995) return 2;
  return 3;
}

std::string digits(double number) {
  return fmt::format("{:.{}f}", number, decimals_for(number));
}

Scale scale_of(double number) {
  const double size = std::abs(number);
  if (size >= 99'999.5 * 1e12) return {1e15, "P"};
  if (size >= 99'999.5 * 1e9) return {1e12, "T"};
  if (size >= 99'999.5 * 1e6) return {1e9, "G"};
  if (size >= 99'999.5 * 1e3) return {1e6, "M"};
  if (size >= 99'999.5) return {1e3, "k"};
  if (size >= 0.1 || size == 0.0) return {1.0, ""};
  if (size >= 1e-4) return {1e-3, "m"};
  return {1e-6, "u"};
}

/// One unit for a figure and its bounds: the figure's, unless a bound would then need too
/// many digits ("0.048 J [0, 184.94]", not "47.52 mJ [0, 184933]"). Of a difference that may
/// be nothing the bounds say more than the value: theirs.
Scale scale_of(const Figure& figure) {
  const Scale own = scale_of(figure.value);
  const double most = figure.lo < 0.0 ? 0.0 : own.factor < 1.0 ? 1e4 : 1e5;
  const double largest = std::max(std::abs(figure.lo), std::abs(figure.hi));
  return largest / own.factor < most ? own : scale_of(largest);
}

// Away from the value, so that what is printed still holds the truth.
std::string outward(double number, int decimals, double direction) {
  const double step = std::pow(10.0, decimals);
  const double scaled = number * step;
  // A bound that is a whole number of steps but for rounding stays where it is.
  const double nearest = std::round(scaled);
  const bool whole = std::abs(scaled - nearest) < 1e-6 * std::max(1.0, std::abs(scaled));
  const double rounded = whole ? nearest : (direction < 0 ? std::floor(scaled) : std::ceil(scaled));
  return fmt::format("{:.{}f}", rounded == 0.0 ? 0.0 : rounded / step, decimals);
}

std::string scaled_text(double number, const std::array<const char*, 7>& units) {
  std::size_t unit = 0;
  while (number >= 999.95 && unit + 1 < units.size()) {
    number /= 1000.0;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f}{}", number, units[0])
                   : fmt::format("{} {}", digits(number), units[unit]);
}

/// `plus` goes before what is no negative number.
std::string with_sign(const Figure& figure, std::string_view unit, std::string_view plus) {
  if (!figure.known()) return "unknown";
  const char* mark = figure.basis == analysis::Basis::kEstimated ? "~" : "";
  const Scale scale = scale_of(figure);
  if (figure.value == 0.0) return fmt::format("{}0 {}{}", mark, scale.prefix, unit);
  const double scaled = figure.value / scale.factor;
  if (std::abs(scaled) < 0.0005) return fmt::format("{}0.000 {}{}", mark, scale.prefix, unit);
  return fmt::format("{}{}{} {}{}", mark, plus, digits(scaled), scale.prefix, unit);
}

}  // namespace

std::string figure_text(const Figure& figure, std::string_view unit) {
  return with_sign(figure, unit, "");
}

std::string joules_text(const Figure& figure) {
  return figure_text(figure, "J");
}

std::string change_text(const Figure& change, std::string_view unit) {
  return with_sign(change, unit, change.value > 0.0 ? "+" : "");
}

std::string bounds_text(const Figure& figure) {
  if (!figure.known()) return {};
  const Scale scale = scale_of(figure);
  const double lo = figure.lo / scale.factor;
  const double hi = figure.hi / scale.factor;
  const double widest = std::max(std::abs(lo), std::abs(hi));
  const int decimals = decimals_for(std::max(std::abs(figure.value / scale.factor), widest / 10.0));
  return fmt::format("[{}, {}]", lo == 0.0 ? "0" : outward(lo, decimals, -1.0),
                     hi == 0.0 ? "0" : outward(hi, decimals, 1.0));
}

std::string share_text(const Figure& part, const Figure& whole) {
  if (!part.known() || !whole.known() || !(whole.value > 0.0)) return {};
  return percent_text(part.value / whole.value);
}

std::string percent_text(double fraction) {
  const double percent = fraction * 100.0;
  if (percent > 0.0 && percent < 0.05) return "<0.1 %";
  return fmt::format("{:.1f} %", percent);
}

std::string duration_text(double seconds) {
  if (seconds < 120.0) return seconds_text(seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 7200) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string seconds_text(double seconds) {
  if (seconds == 0.0) return "0 s";
  if (seconds >= 99'999.5) {
    const double hours = seconds / 3600.0;
    return hours < 99'999.5 ? fmt::format("{} h", digits(hours))
                            : scaled_text(hours, {" h", "kh", "Mh", "Gh", "Th", "Ph", "Eh"});
  }
  if (seconds >= 0.1) return fmt::format("{} s", digits(seconds));
  if (seconds >= 1e-4) return fmt::format("{} ms", digits(seconds * 1e3));
  return fmt::format("{} us", digits(seconds * 1e6));
}

std::string watts_text(double watts, analysis::Basis basis) {
  const char* mark = basis == analysis::Basis::kEstimated ? "~" : "";
  if (watts >= 99'999.5) return fmt::format("{}{} kW", mark, digits(watts / 1e3));
  return fmt::format("{}{} W", mark, digits(watts));
}

std::string count_text(std::uint64_t count) {
  if (count < 100'000) return std::to_string(count);
  return scaled_text(static_cast<double>(count), {"", "k", "M", "G", "T", "P", "E"});
}

std::string count_bounds_text(double value, double lo, double hi) {
  double factor = 1.0;
  if (value >= 99'999.5)
    while (value / factor >= 999.95) factor *= 1000.0;
  const int decimals = factor == 1.0 ? 0 : decimals_for(value / factor);
  return fmt::format("[{}, {}]", lo == 0.0 ? "0" : outward(lo / factor, decimals, -1.0),
                     hi == 0.0 ? "0" : outward(hi / factor, decimals, 1.0));
}

std::string ratio_text(double ratio) {
  return ratio != 0.0 && std::abs(ratio) < 1e-3 ? fmt::format("{:.1e}", ratio) : digits(ratio);
}

std::string bytes_text(std::uint64_t bytes) {
  return scaled_text(static_cast<double>(bytes), {" B", "kB", "MB", "GB", "TB", "PB", "EB"});
}

}  // namespace joulepath::report
