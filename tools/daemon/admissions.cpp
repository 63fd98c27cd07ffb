#include "tools/daemon/admissions.hpp"

namespace joulepath::daemon {

bool Admissions::admit(uid_t user, std::uint32_t job) {
  if (jobs_ >= kMostJobs) return false;
  if (users_[user].insert(job).second) ++jobs_;
  return true;
}

void Admissions::dismiss(uid_t user, std::uint32_t job) {
  const auto found = users_.find(user);
  if (found == users_.end() || found->second.erase(job) == 0) return;
  --jobs_;
  if (found->second.empty()) users_.erase(found);
}

bool Admissions::may_map(uid_t user) const {
  return always_.contains(user) || users_.contains(user);
}

}  // namespace joulepath::daemon
