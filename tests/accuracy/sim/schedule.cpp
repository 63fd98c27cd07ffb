#include "tests/accuracy/sim/schedule.hpp"

#include <algorithm>

namespace joulepath::accuracy {

std::string function_name(std::uint32_t function) {
  switch (function) {
    case kRecv: return "MPI_Recv";
    case kBarrier: return "MPI_Barrier";
    case kSend: return "MPI_Send";
    default: return "(compute)";
  }
}

std::string function_class(std::uint32_t function) {
  switch (function) {
    case kRecv:
    case kSend: return "transfer";
    case kBarrier: return "wait";
    default: return "compute";
  }
}

void Lane::append(Stretch stretch, std::int64_t ns) {
  if (ns <= 0) return;
  stretch.core = core_;
  stretch.ghz = ghz_;
  stretch.begin_ns = now_ns_;
  stretch.end_ns = now_ns_ += ns;
  stretches_.push_back(stretch);
}

void Lane::ramp(std::int64_t ns, std::uint32_t phase, double begin_w, double end_w, bool on_cpu) {
  Stretch stretch;
  stretch.phase = phase;
  stretch.begin_w = begin_w;
  stretch.end_w = end_w;
  stretch.on_cpu = on_cpu;
  append(stretch, ns);
}

void Lane::call(const Call& call) {
  Stretch stretch;
  stretch.phase = call.phase;
  stretch.function = call.function;
  stretch.begin_w = stretch.end_w = call.wait_w;
  stretch.on_cpu = call.wait_on_cpu;
  stretch.waits = true;
  append(stretch, call.wait_ns);
  stretch.begin_w = stretch.end_w = call.work_w;
  stretch.on_cpu = true;
  stretch.waits = false;
  append(stretch, call.work_ns);

  const std::int64_t took_ns = call.wait_ns + call.work_ns;
  if (took_ns <= 0) return;
  const auto [least, first] = least_ns_.try_emplace(std::pair(call.function, call.bytes), took_ns);
  least->second = std::min(least->second, took_ns);
  stretches_.back().calls = 1;
  stretches_.back().bytes = call.bytes;
  stretches_.back().wait_ns = static_cast<std::uint32_t>(took_ns - least->second);
}

}  // namespace joulepath::accuracy
