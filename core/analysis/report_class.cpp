#include "core/analysis/report_class.hpp"

namespace joulepath::analysis {

std::string_view to_string(ReportClass report_class) {
  switch (report_class) {
    case ReportClass::kCompute: return "compute";
    case ReportClass::kWait: return "MPI wait";
    case ReportClass::kTransfer: return "MPI transfer";
    case ReportClass::kIo: return "I/O";
    case ReportClass::kThreads: return "OpenMP wait";
    case ReportClass::kOther: break;
  }
  return "MPI other";
}

ReportClass report_class_of(std::string_view class_name) {
  if (class_name == "compute") return ReportClass::kCompute;
  if (class_name == "wait") return ReportClass::kWait;
  if (class_name == "transfer" || class_name == "init" || class_name == "rma")
    return ReportClass::kTransfer;
  if (class_name == "threads" || class_name == "thread_wait") return ReportClass::kThreads;
  if (class_name == "io") return ReportClass::kIo;
  return ReportClass::kOther;
}

}  // namespace joulepath::analysis
