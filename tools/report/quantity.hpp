// Quantities as a reader wants them: four significant digits, a unit that fits, bounds
// rounded outwards, "~" on every estimate, and "unknown" where nothing is known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/analysis/figure.hpp"

namespace joulepath::report {

/// "1234 J", "~56.78 kJ", "unknown".
std::string joules_text(const analysis::Figure& figure);
/// The same in another unit, "56.78 kW".
std::string figure_text(const analysis::Figure& figure, std::string_view unit);
/// A difference of two such, with its sign: "+56.78 J", "~-1.234 kJ", "0 J".
std::string change_text(const analysis::Figure& change, std::string_view unit);
/// In the unit of these texts: "[1230, 1238]"; empty when not known.
std::string bounds_text(const analysis::Figure& figure);
/// "12.34 %" of the whole; empty when either is not known or the whole is nothing.
std::string share_text(const analysis::Figure& part, const analysis::Figure& whole);
/// "12.34 s", "3 min 12 s", "2 h 05 min".
std::string duration_text(double seconds);
/// "12.34 s", "56.70 ms", "8.900 us", "275.0 kh", for columns: at most 8 wide.
std::string seconds_text(double seconds);
std::string watts_text(double watts, analysis::Basis basis);
/// "1234", "56.78 k", "9.012 M", powers of 1000.
std::string count_text(std::uint64_t count);
/// "[1.230, 1.236]" in the unit that count_text gives `value`: away from the value.
std::string count_bounds_text(double value, double lo, double hi);
/// Four significant digits, no unit: "0.412"; "1.2e-05" where that is nothing.
std::string ratio_text(double ratio);
/// "0 B", "1.234 kB", powers of 1000.
std::string bytes_text(std::uint64_t bytes);
/// "12.3 %" of a fraction.
std::string percent_text(double fraction);

}  // namespace joulepath::report
