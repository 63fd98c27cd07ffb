// What is taken for granted of computers' clocks where they are aligned.
#pragma once

namespace joulepath::analysis {

/// Kept between the two sides of an order: times are rounded to whole nanoseconds in the end, and
/// a timeline shows a message's end one before that of its call.
inline constexpr double kMargin_ns = 5;
/// How far a clock may leave its straight line: more than oscillators in a machine room do.
inline constexpr double kWander = 1e-6;
/// No oscillator of a computer is off by more; what looks so in a short run is noise.
inline constexpr double kMostDrift = 300e-6;

}  // namespace joulepath::analysis
