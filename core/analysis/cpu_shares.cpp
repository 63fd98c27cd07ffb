#include "core/analysis/cpu_shares.hpp"

#include <algorithm>

namespace joulepath::analysis {

void CpuShares::add(const record::CpuUseRow& row, std::uint64_t begin, std::uint64_t end,
                    std::int64_t from_ns, std::int64_t to_ns) {
  if (begin >= end) return;
  const auto job = static_cast<double>(row.job_ns);
  const auto others = static_cast<double>(row.others_ns);
  for (const int socket : {static_cast<int>(row.socket), kAllSockets}) {
    Kept& kept = kept_[socket];
    if (kept.stretches.empty() || kept.stretches.back().end != end)
      kept.stretches.push_back({begin, end, 0.0, 0.0});
    Stretch& stretch = kept.stretches.back();
    stretch.job_ns += job;
    stretch.others_ns += others;
    kept.all.job_ns += job;
    kept.all.others_ns += others;
    any_ = any_ || stretch.shared();
  }
  shared_.job_cpu_ns += job;
  shared_.others_cpu_ns += others;
  if (look_to_ns_ != to_ns) look_counted_ = false;
  look_from_ns_ = from_ns;
  look_to_ns_ = to_ns;
  // Any socket will do; before and after the job there is nothing to be shared.
  if (look_counted_ || row.job_ns == 0 || Stretch{begin, end, job, others}.part_of_others() == 0.0)
    return;
  look_counted_ = true;
  if (shared_.shared_ns == 0) shared_.first_ns = from_ns;
  shared_.last_ns = to_ns;
  shared_.shared_ns += to_ns - from_ns;
  shared_.sessions = std::max(shared_.sessions, row.sessions);
}

void CpuShares::drop_before(std::uint64_t tick) {
  any_ = false;
  for (auto& [socket, kept] : kept_) {
    std::erase_if(kept.stretches, [&](const Stretch& stretch) { return stretch.end <= tick; });
    any_ = any_ || std::any_of(kept.stretches.begin(), kept.stretches.end(),
                               [](const Stretch& stretch) { return stretch.shared(); });
  }
}

const CpuShares::Stretch* CpuShares::at(int socket, std::uint64_t tick) const {
  const auto kept = kept_.find(socket);
  if (kept == kept_.end()) return nullptr;
  const auto& stretches = kept->second.stretches;
  const auto found = std::lower_bound(
      stretches.begin(), stretches.end(), tick,
      [](const Stretch& stretch, std::uint64_t now) { return stretch.end <= now; });
  return found != stretches.end() && found->begin <= tick ? &*found : nullptr;
}

double CpuShares::mean_part(int socket) const {
  const auto kept = kept_.find(socket);
  return kept != kept_.end() ? kept->second.all.part_of_others() : 0.0;
}

}  // namespace joulepath::analysis
