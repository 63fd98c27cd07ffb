#include "tests/accuracy/sim/power.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>

namespace joulepath::accuracy {
namespace {

/// A lane on its way through its stretches.
struct Walk {
  std::uint32_t lane = 0;
  const std::vector<Stretch>* stretches = nullptr;
  std::size_t at = 0;

  [[nodiscard]] bool done() const { return at == stretches->size(); }
  [[nodiscard]] const Stretch& now() const { return (*stretches)[at]; }
  [[nodiscard]] bool present(std::int64_t t_ns) const { return !done() && now().begin_ns <= t_ns; }
};

double slope_of(const Stretch& stretch) {
  return (stretch.end_w - stretch.begin_w) / static_cast<double>(stretch.end_ns - stretch.begin_ns);
}

double power_at(const Stretch& stretch, std::int64_t t_ns) {
  return stretch.begin_w + slope_of(stretch) * static_cast<double>(t_ns - stretch.begin_ns);
}

}  // namespace

SocketPower::SocketPower(const Machine& machine, std::size_t socket, const Program& program,
                         std::vector<CellTruth>& cells)
    : begin_ns_(machine.begin_ns), end_ns_(machine.end_ns), drift_(machine.sockets[socket].drift) {
  const double static_w = machine.sockets[socket].static_w;
  std::vector<Walk> walks;
  for (std::uint32_t lane = 0; lane < program.lanes.size(); ++lane) {
    const auto& stretches = program.lanes[lane].stretches();
    if (program.lanes[lane].socket() != static_cast<int>(socket) || stretches.empty()) continue;
    if (stretches.front().begin_ns < begin_ns_ || stretches.back().end_ns > end_ns_)
      throw std::logic_error("a lane lives outside the simulated time");
    walks.push_back({lane, &stretches, 0});
  }
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, bool>;
  std::map<Key, std::pair<double, double>> used;  // joules, seconds

  const auto cores = static_cast<std::size_t>(machine.sockets[socket].cores);
  const double core_w = machine.sockets[socket].core_w;
  cores_.resize(cores);
  std::vector<double> core_joules(cores, 0.0);
  double joules = 0.0;
  for (std::int64_t t = begin_ns_; t < end_ns_;) {
    // The next piece ends where any lane's stretch begins or ends.
    std::int64_t end = end_ns_;
    std::uint32_t present = 0;
    double begin_w = static_w;
    double slope = 0.0;
    std::vector<std::uint32_t> on_core(cores, 0);
    std::vector<Piece> of_core(cores, {t, core_w, 0.0, 0});
    for (const Walk& walk : walks) {
      if (walk.done()) continue;
      if (!walk.present(t)) {
        end = std::min(end, walk.now().begin_ns);
        continue;
      }
      end = std::min(end, walk.now().end_ns);
      ++present;
      begin_w += power_at(walk.now(), t);
      slope += slope_of(walk.now());
      if (walk.now().core < 0) continue;
      const auto core = static_cast<std::size_t>(walk.now().core);
      ++on_core.at(core);
      of_core[core].begin_w += power_at(walk.now(), t);
      of_core[core].slope_w_per_ns += slope_of(walk.now());
    }
    double common_w = static_w;
    for (std::size_t core = 0; core < cores; ++core) {
      if (on_core[core] > 0) common_w -= core_w;
      of_core[core].present = on_core[core];
      of_core[core].joules_before = core_joules[core];
      core_joules[core] += integral(of_core[core].begin_w, of_core[core].slope_w_per_ns, t, t, end);
      cores_[core].push_back(of_core[core]);
    }
    pieces_.push_back({t, begin_w, slope, present, joules});
    joules += integral(begin_w, slope, t, t, end);
    for (Walk& walk : walks) {
      if (!walk.present(t)) continue;
      const Stretch& now = walk.now();
      auto& sums = used[{walk.lane, now.phase, now.function, now.waits}];
      const double own_w =
          now.core < 0 ? 0.0 : core_w / on_core[static_cast<std::size_t>(now.core)];
      sums.first +=
          integral(power_at(now, t) + common_w / present + own_w, slope_of(now), t, t, end);
      sums.second += static_cast<double>(end - t) * 1e-9;
      if (now.end_ns == end) ++walk.at;
    }
    t = end;
  }
  for (const auto& [key, sums] : used) {
    const auto& [lane, phase, function, waits] = key;
    cells.push_back({lane, phase, function, waits, sums.first, sums.second});
  }
}

double SocketPower::drift_at(double t_ns) const {
  return 1.0 + drift_ * (t_ns - static_cast<double>(begin_ns_)) /
                   static_cast<double>(end_ns_ - begin_ns_);
}

double SocketPower::integral(double begin_w, double slope, std::int64_t origin_ns,
                             std::int64_t from_ns, std::int64_t to_ns) const {
  const auto power = [&](double t) {
    return (begin_w + slope * (t - static_cast<double>(origin_ns))) * drift_at(t);
  };
  const auto from = static_cast<double>(from_ns);
  const auto to = static_cast<double>(to_ns);
  return (power(from) + 4.0 * power(0.5 * (from + to)) + power(to)) * (to - from) * 1e-9 / 6.0;
}

std::size_t SocketPower::piece_at(const std::vector<Piece>& pieces, std::int64_t t_ns) {
  const auto after =
      std::upper_bound(pieces.begin(), pieces.end(), t_ns,
                       [](std::int64_t t, const Piece& piece) { return t < piece.begin_ns; });
  return static_cast<std::size_t>(std::max(after - pieces.begin(), std::ptrdiff_t{1})) - 1;
}

double SocketPower::core_joules(int core, std::int64_t from_ns, std::int64_t to_ns) const {
  const auto& pieces = cores_.at(static_cast<std::size_t>(core));
  return until(pieces, to_ns) - until(pieces, from_ns);
}

double SocketPower::until(const std::vector<Piece>& pieces, std::int64_t t_ns) const {
  const Piece& piece = pieces[piece_at(pieces, t_ns)];
  return piece.joules_before +
         integral(piece.begin_w, piece.slope_w_per_ns, piece.begin_ns, piece.begin_ns, t_ns);
}

double SocketPower::watts(std::int64_t t_ns) const {
  const Piece& piece = pieces_[piece_at(pieces_, t_ns)];
  return (piece.begin_w + piece.slope_w_per_ns * static_cast<double>(t_ns - piece.begin_ns)) *
         drift_at(static_cast<double>(t_ns));
}

double SocketPower::nobodys_joules(std::int64_t from_ns, std::int64_t to_ns) const {
  double sum = 0.0;
  for (std::size_t i = piece_at(pieces_, from_ns); i < pieces_.size(); ++i) {
    const std::int64_t begin = std::max(from_ns, pieces_[i].begin_ns);
    const std::int64_t end =
        std::min(to_ns, i + 1 < pieces_.size() ? pieces_[i + 1].begin_ns : end_ns_);
    if (begin >= to_ns) break;
    if (pieces_[i].present == 0 && begin < end) sum += joules(begin, end);
  }
  return sum;
}

Truth truth_of(const Machine& machine, const Program& program) {
  Truth truth;
  for (std::size_t socket = 0; socket < machine.sockets.size(); ++socket)
    truth.sockets.emplace_back(machine, socket, program, truth.cells);
  return truth;
}

}  // namespace joulepath::accuracy
