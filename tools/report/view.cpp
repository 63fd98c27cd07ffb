#include "tools/report/view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/analysis/figure_parts.hpp"
#include "core/base/number_list.hpp"
#include "tools/report/labels.hpp"

namespace joulepath::report {
namespace {

using namespace analysis;

ViewRow row_of(std::string label, const Figure& energy, std::optional<double> seconds) {
  ViewRow row;
  row.label = std::move(label);
  row.energy = energy;
  row.seconds = seconds;
  return row;
}

ViewRow fixed_row(std::string label, const Figure& energy, std::optional<double> seconds) {
  ViewRow row = row_of(std::move(label), energy, seconds);
  row.fixed = true;
  return row;
}

/// What no rank took: the rows with which the others add up to the total.
void add_rests(const Summary& summary, View& view) {
  view.rows.push_back(fixed_row("idle", summary.idle, {}));
  view.rows.push_back(fixed_row("unattributed", summary.unattributed, {}));
}

void add_nodes(const Summary& summary, View& view) {
  view.title = "By node";
  view.time = "time";
  for (const auto& node : summary.nodes) {
    view.rows.push_back(row_of(node.hostname, node.energy, node.duration_s));
    view.rows.back().keys = {{"node", node.hostname}};
  }
}

void add_sockets(const Summary& summary, View& view) {
  view.title = "By socket";
  view.time = "time";
  for (const auto& node : summary.nodes) {
    for (const auto& socket : node.sockets) {
      // Domains that are only shown as parts of others have no energy of their own here.
      if (!socket.energy.known() && socket.energy.missing.empty()) continue;
      std::string label = socket_label(socket.socket);
      if (summary.nodes.size() > 1) label += " " + node.hostname;
      ViewRow& row = view.rows.emplace_back(row_of(label, socket.energy, node.duration_s));
      row.keys = {{"node", node.hostname}};
      if (socket.socket >= 0) row.keys.emplace_back("socket", socket.socket);
      row.sort_name = fmt::format("{} {:010}", node.hostname, socket.socket + 1);
    }
  }
}

void add_ranks(const Summary& summary, View& view) {
  view.title = "By rank";
  view.time = "time";
  view.note = "sN: the sockets a rank may use.";
  for (const auto& rank : summary.ranks) {
    ViewRow& row =
        view.rows.emplace_back(row_of(rank_label(rank, summary), rank.energy, rank.seconds));
    if (rank.rank >= 0) row.keys = {{"rank", rank.rank}, {"run", rank.run}};
    row.keys.emplace_back("node", rank.node);
    row.keys.emplace_back("pid", rank.pid);
    row.sort_name = fmt::format("{:010}", &rank - summary.ranks.data());
  }
  add_rests(summary, view);
}

void add_threads(const Summary& summary, View& view) {
  view.title = "By thread";
  view.time = "time";
  view.of_threads = true;
  view.note =
      "t0 is the thread that initialised MPI. Threads with a name and a number call no MPI and "
      "name no phase: they have energy for their CPU time, as seen by looking now and then. "
      "(others): CPU time that no thread was seen to use, of threads that soon ended. cores: "
      "where a thread was seen.";
  for (const auto& thread : summary.threads) {
    ViewRow& row = view.rows.emplace_back(
        row_of(thread_label(thread, summary), thread.energy, thread.seconds));
    if (thread.rank >= 0) row.keys = {{"rank", thread.rank}, {"run", thread.run}};
    row.keys.emplace_back("node", thread.node);
    row.keys.emplace_back("pid", thread.pid);
    row.keys.emplace_back("kind", std::string(thread_kind(thread.kind)));
    if (thread.kind == record::LaneKind::kTold) row.keys.emplace_back("thread", thread.thread);
    if (thread.tid != 0) row.keys.emplace_back("tid", thread.tid);
    row.keys.emplace_back("name", thread.name);
    row.cpu_seconds = thread.cpu_seconds;
    row.cores = base::number_list(thread.cpus);
    row.sort_name = fmt::format("{:010}", &thread - summary.threads.data());
  }
  add_rests(summary, view);
}

/// Computing is no function; its row makes the functions add up.
void add_outside_mpi(const Summary& summary, View& view) {
  for (const auto& row : summary.classes)
    if (row.report_class == ReportClass::kCompute)
      view.rows.push_back(fixed_row("(outside MPI)", row.energy, row.seconds));
}

void add_functions(const Summary& summary, View& view) {
  view.title = "By function";
  view.time = "rank time";
  view.calls = "calls";
  for (const auto& function : summary.functions) {
    ViewRow& row = view.rows.emplace_back(row_of(function.name, function.energy, function.seconds));
    row.keys = {{"function", function.name}};
    row.calls = function.calls;
  }
  add_outside_mpi(summary, view);
  add_rests(summary, view);
}

void add_waits(const Summary& summary, View& view) {
  add_functions(summary, view);
  view.title = "By waiting";
  view.note =
      "Waiting: what calls took beyond the least time seen for their function and size; all "
      "of Barrier, Probe and Test.";
  bool untold = false;
  for (std::size_t i = 0; i < summary.functions.size(); ++i) {
    const FunctionSummary& function = summary.functions[i];
    if (!function.wait_seconds) {
      untold = true;
      continue;
    }
    auto& inside = view.rows[i].inside;
    view.rows[i].parted = true;
    inside.push_back(row_of("waiting", function.wait_energy, function.wait_seconds));
    const double rest_seconds = std::max(function.seconds - *function.wait_seconds, 0.0);
    if (rest_seconds > 0.0)
      inside.push_back(
          row_of("not waiting", without(function.energy, function.wait_energy), rest_seconds));
  }
  if (untold)
    view.note += " Functions without these parts may wait, but the trace does not say how long.";
}

void add_classes(const Summary& summary, View& view) {
  view.title = "By class";
  view.time = "rank time";
  for (const auto& row : summary.classes) {
    const std::string name(to_string(row.report_class));
    view.rows.push_back(row_of(name, row.energy, row.seconds));
    view.rows.back().keys = {{"class", name}};
  }
  add_rests(summary, view);
}

/// The phases that lie in `parent`, from `next` on, which moves past them.
std::vector<ViewRow> phases_in(const std::vector<PhaseSummary>& phases, const std::string& parent,
                               std::size_t& next) {
  std::vector<ViewRow> rows;
  while (next < phases.size() && phases[next].parent == parent) {
    const PhaseSummary& phase = phases[next++];
    const std::string label = parent.empty() ? phase.name : phase.name.substr(parent.size() + 1);
    ViewRow row = row_of(label, phase.energy, phase.seconds);
    row.fixed = phase.name == kOutsidePhases;
    row.calls = phase.instances;
    row.keys = {{"phase", phase.name}};
    row.inside = phases_in(phases, phase.name, next);
    if (!row.inside.empty() && phase.own_seconds > 0.0)
      row.inside.push_back(fixed_row("(itself)", phase.own_energy, phase.own_seconds));
    rows.push_back(std::move(row));
  }
  return rows;
}

void add_phases(const Summary& summary, View& view) {
  view.title = "By phase";
  view.time = "rank time";
  view.calls = "begun";
  std::size_t next = 0;
  view.rows = phases_in(summary.phases, {}, next);
}

/// Whether `a` is shown above `b`.
bool above(const ViewRow& a, const ViewRow& b, Sort sort) {
  if (a.fixed != b.fixed) return b.fixed;
  if (a.fixed) return false;
  const auto name = [](const ViewRow& row) {
    return row.sort_name.empty() ? row.label : row.sort_name;
  };
  const auto subject = [](const ViewRow& row) -> const ViewRow& {
    return row.parted ? row.inside.front() : row;
  };
  const std::optional<double> seconds_a = subject(a).seconds;
  const std::optional<double> seconds_b = subject(b).seconds;
  const Figure& energy_a = subject(a).energy;
  const Figure& energy_b = subject(b).energy;
  switch (sort) {
    case Sort::kName: return name(a) < name(b);
    case Sort::kCalls:
      if (a.calls != b.calls) return a.calls > b.calls;
      break;
    case Sort::kTime:
      if (seconds_a != seconds_b) return seconds_a > seconds_b;
      break;
    case Sort::kEnergy: break;
  }
  if (energy_a.known() != energy_b.known()) return energy_a.known();
  if (energy_a.known() && energy_a.value != energy_b.value) return energy_a.value > energy_b.value;
  return seconds_a > seconds_b;
}

void add_to(ViewRow& sum, const ViewRow& row) {
  sum.energy.add(row.energy);
  if (row.seconds) sum.seconds = sum.seconds.value_or(0.0) + *row.seconds;
  if (row.calls) sum.calls = sum.calls.value_or(0) + *row.calls;
  if (row.cpu_seconds) sum.cpu_seconds = sum.cpu_seconds.value_or(0.0) + *row.cpu_seconds;
  if (!row.parted) return;
  sum.parted = true;
  for (const ViewRow& part : row.inside) {
    auto known = std::find_if(sum.inside.begin(), sum.inside.end(),
                              [&](const ViewRow& own) { return own.label == part.label; });
    if (known == sum.inside.end()) {
      sum.inside.push_back(part);
    } else {
      add_to(*known, part);
    }
  }
}

/// The rows in [first, last) as one.
ViewRow sum_of(std::vector<ViewRow>::iterator first, std::vector<ViewRow>::iterator last,
               const Figure& whole) {
  ViewRow sum;
  for (auto row = first; row != last; ++row) add_to(sum, *row);
  sum.energy = capped(sum.energy, whole);
  sum.more = static_cast<std::size_t>(last - first);
  sum.label = fmt::format("({} more)", sum.more);
  return sum;
}

/// Sorts and cuts every level of `rows`.
void arrange(std::vector<ViewRow>& rows, Sort sort, std::size_t top, const Figure& whole) {
  std::stable_sort(rows.begin(), rows.end(),
                   [sort](const ViewRow& a, const ViewRow& b) { return above(a, b, sort); });
  const auto fixed =
      std::find_if(rows.begin(), rows.end(), [](const ViewRow& row) { return row.fixed; });
  const auto movable = static_cast<std::size_t>(fixed - rows.begin());
  if (movable > top) {
    const auto cut = rows.begin() + static_cast<std::ptrdiff_t>(top);
    ViewRow sum = sum_of(cut, fixed, whole);
    *cut = std::move(sum);
    rows.erase(cut + 1, fixed);
  }
  for (ViewRow& row : rows)
    if (!row.parted) arrange(row.inside, sort, top, row.energy);
}

}  // namespace

View phases_view(const Summary& summary, std::size_t top) {
  View view;
  view.by = By::kPhase;
  view.total = summary.energy;
  add_phases(summary, view);
  arrange(view.rows, Sort::kEnergy, top, view.total);
  return view;
}

View make_view(const Summary& summary, const ViewOptions& options) {
  View view;
  view.by = options.by;
  view.total = summary.energy;
  switch (options.by) {
    case By::kPhase:
      add_phases(summary, view);
      add_rests(summary, view);
      break;
    case By::kRank: add_ranks(summary, view); break;
    case By::kSocket: add_sockets(summary, view); break;
    case By::kThread: add_threads(summary, view); break;
    case By::kFunction: add_functions(summary, view); break;
    case By::kClass: add_classes(summary, view); break;
    case By::kWait: add_waits(summary, view); break;
    case By::kNode: add_nodes(summary, view); break;
  }
  arrange(view.rows, options.sort, options.top, view.total);
  return view;
}

}  // namespace joulepath::report
