#include "sensors/sampler/best_set.hpp"

#include <algorithm>
#include <numeric>

namespace joulepath::sensors {
namespace {

using Members = std::vector<std::size_t>;

struct Found {
  Members members;
  Worth worth{};
};

void add(Worth& sum, const Worth& more) {
  for (std::size_t at = 0; at < sum.size(); ++at) sum[at] += more[at];
}

class Search {
 public:
  Search(const std::vector<Worth>& worth, const std::vector<std::vector<bool>>& excludes)
      : worth_(worth), excludes_(excludes) {}

  /// The best of `among`, taken apart into what does not exclude each other.
  [[nodiscard]] Found best(Members among) const {
    Found all;
    while (!among.empty()) {
      const Found part = best_of_connected(take_connected(among));
      all.members.insert(all.members.end(), part.members.begin(), part.members.end());
      add(all.worth, part.worth);
    }
    return all;
  }

 private:
  /// Takes one member, and what it excludes, and what that excludes, out of `among`.
  [[nodiscard]] Members take_connected(Members& among) const {
    Members connected{among.back()};
    among.pop_back();
    for (std::size_t at = 0; at < connected.size(); ++at) {
      const auto& excluded = excludes_[connected[at]];
      const auto split = std::stable_partition(among.begin(), among.end(),
                                               [&](std::size_t one) { return !excluded[one]; });
      connected.insert(connected.end(), split, among.end());
      among.erase(split, among.end());
    }
    return connected;
  }

  [[nodiscard]] std::size_t degree(std::size_t one, const Members& among) const {
    return static_cast<std::size_t>(std::count_if(
        among.begin(), among.end(), [&](std::size_t other) { return excludes_[one][other]; }));
  }

  [[nodiscard]] Found best_of_connected(Members among) const {
    Members degrees;
    for (const std::size_t one : among) degrees.push_back(degree(one, among));
    const auto least = *std::min_element(degrees.begin(), degrees.end());
    if (least + 1 == among.size()) return best_single(among);
    const auto at = std::max_element(degrees.begin(), degrees.end()) - degrees.begin();
    const std::size_t pivot = among[static_cast<std::size_t>(at)];
    among.erase(among.begin() + at);
    Found without = best(among);
    std::erase_if(among, [&](std::size_t one) { return excludes_[pivot][one]; });
    Found with = best(std::move(among));
    with.members.push_back(pivot);
    add(with.worth, worth_[pivot]);
    return with.worth > without.worth ? with : without;
  }

  [[nodiscard]] Found best_single(const Members& clique) const {
    const std::size_t one =
        *std::max_element(clique.begin(), clique.end(),
                          [&](std::size_t a, std::size_t b) { return worth_[a] < worth_[b]; });
    return {{one}, worth_[one]};
  }

  const std::vector<Worth>& worth_;
  const std::vector<std::vector<bool>>& excludes_;
};

}  // namespace

std::vector<std::size_t> best_set(const std::vector<Worth>& worth,
                                  const std::vector<std::vector<bool>>& excludes) {
  Members all(worth.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  Members members = Search(worth, excludes).best(std::move(all)).members;
  std::sort(members.begin(), members.end());
  return members;
}

}  // namespace joulepath::sensors
