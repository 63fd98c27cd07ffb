#include "core/analysis/gpu_users.hpp"

#include <algorithm>

namespace joulepath::analysis {

const double* GpuUsers::Stretch::weight_of(std::uint32_t process) const {
  const auto found = std::find_if(of_job.begin(), of_job.end(),
                                  [&](const auto& user) { return user.first == process; });
  return found != of_job.end() ? &found->second : nullptr;
}

double GpuUsers::Stretch::part_of_others() const {
  double all = others;
  for (const auto& [process, weight] : of_job) all += weight;
  return all > 0.0 ? others / all : 0.0;
}

void GpuUsers::add(const record::GpuUseRow& row, std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  if (kept_.empty() || kept_.back().stretch.end != end) kept_.push_back({{begin, end, {}, 0.0}});
  auto& [stretch, all_told] = kept_.back();
  const bool told = row.busy_permille != record::kBusyNotTold;
  if (all_told && !told)
    for (auto& [process, weight] : stretch.of_job) weight = 1.0;
  if (all_told && !told && stretch.others > 0.0) stretch.others = 1.0;
  all_told = all_told && told;
  const double weight = all_told ? row.busy_permille / 1000.0 : 1.0;
  if (row.process != record::kNone32) {
    stretch.of_job.emplace_back(row.process, weight);
    seen_.insert(row.process);
  } else if (row.busy_permille != 0) {
    stretch.others = weight;
  }
}

void GpuUsers::drop_before(std::uint64_t tick) {
  std::erase_if(kept_, [&](const Kept& kept) { return kept.stretch.end <= tick; });
}

const GpuUsers::Stretch* GpuUsers::at(std::uint64_t tick) const {
  const auto found =
      std::lower_bound(kept_.begin(), kept_.end(), tick,
                       [](const Kept& kept, std::uint64_t at) { return kept.stretch.end <= at; });
  if (found == kept_.end() || found->stretch.begin > tick) return nullptr;
  return &found->stretch;
}

std::optional<GpuUsers::Parts> GpuUsers::parts(std::uint64_t begin, std::uint64_t end,
                                               const TickTimes& times) const {
  double all_ns = 0.0;
  Parts of_time;
  for (std::uint64_t tick = begin; tick < end; ++tick) {
    const Stretch* stretch = at(tick);
    if (stretch == nullptr) return std::nullopt;
    const double ns = times.length_ns(tick);
    all_ns += ns;
    if (stretch->empty()) of_time.empty += ns;
    of_time.others += stretch->part_of_others() * ns;
  }
  if (!(all_ns > 0.0)) return std::nullopt;
  return Parts{std::min(of_time.empty / all_ns, 1.0), std::min(of_time.others / all_ns, 1.0)};
}

}  // namespace joulepath::analysis
