// The few classes of time and energy that a report shows, from the finer classes of
// the MPI function table (core/record/functions.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace joulepath::analysis {

enum class ReportClass : std::uint8_t {
  kCompute,   ///< outside MPI
  kWait,      ///< inside MPI, waiting for others
  kTransfer,  ///< inside MPI, moving data (start-up and one-sided included)
  kIo,        ///< MPI I/O
  kOther,     ///< inside MPI, nothing moves
  kThreads,   ///< a thread waits for others of its process, or its run-time library works
};

inline constexpr std::array<ReportClass, 6> kReportClasses{
    ReportClass::kCompute, ReportClass::kWait,  ReportClass::kTransfer,
    ReportClass::kIo,      ReportClass::kOther, ReportClass::kThreads};

/// "compute", "MPI wait", "MPI transfer", "I/O", "MPI other", "OpenMP wait".
std::string_view to_string(ReportClass report_class);

/// Of a function's class_name; one this program does not know is kOther.
ReportClass report_class_of(std::string_view class_name);

}  // namespace joulepath::analysis
