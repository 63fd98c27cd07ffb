#include "sensors/api/estimate_model.hpp"

#include <string>

namespace joulepath::sensors {
namespace {

constexpr double kHighestW = 1000.0;

base::Error refuse(const char* constant, const char* why) {
  return base::Error{base::Errc::kUsage, why, std::string("estimate model, ") + constant, 0, {}};
}

/// False for not-a-number too.
bool within(double value, double highest) {
  return value >= 0.0 && value <= highest;
}

}  // namespace

base::Status check(const EstimateModel& model) {
  constexpr const char* kRange = "must be from 0 to 1000 W";
  if (!within(model.min_w_per_cpu, kHighestW)) return refuse("min_w_per_cpu", kRange);
  if (!within(model.max_w_per_cpu, kHighestW)) return refuse("max_w_per_cpu", kRange);
  if (!within(model.w_per_gib, kHighestW)) return refuse("w_per_gib", kRange);
  if (model.max_w_per_cpu < model.min_w_per_cpu)
    return refuse("max_w_per_cpu", "must not be below min_w_per_cpu");
  if (!within(model.relative_error, 1.0)) return refuse("relative_error", "must be from 0 to 1");
  return base::Done{};
}

}  // namespace joulepath::sensors
