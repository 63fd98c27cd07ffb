// Where the energy went: nodes with their sockets and domains, and ranks.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "tools/report/labels.hpp"
#include "tools/report/layout.hpp"
#include "tools/report/quantity.hpp"
#include "tools/report/text_sections.hpp"

namespace joulepath::report {
namespace {

using analysis::DomainSummary;
using analysis::Figure;
using analysis::NodeSummary;
using analysis::RankSummary;
using analysis::Summary;

constexpr std::array<Column, 5> kThreadsColumns{{{1, Align::kLeft},
                                                 {33, Align::kLeft},
                                                 {10, Align::kRight},
                                                 {12, Align::kRight},
                                                 {14, Align::kRight}}};
constexpr std::array<Column, 4> kThreadsHead{
    {{35, Align::kLeft}, {10, Align::kRight}, {12, Align::kRight}, {14, Align::kRight}}};

/// By what ranks were told apart on the chips that have counters.
std::string told_apart_text(const Summary& summary) {
  analysis::ToldApart told;
  for (const analysis::SensorSummary& sensor : summary.sensors)
    if (sensor.told_apart && sensor.domain != "dram") told.add(*sensor.told_apart);
  if (told.by_cores_ns + told.by_cycles_ns <= 0.0)
    return "Ranks that share a socket share its energy by a fit or by time";
  std::string ways;
  const auto add = [&](const char* way, double ns) {
    if (ns <= 0.0) return;
    if (!ways.empty()) ways += ", ";
    ways += fmt::format("{} ({} of their CPU time)", way, percent_text(ns / told.all_ns()));
  };
  add("counters of single cores", told.by_cores_ns);
  add("cycles", told.by_cycles_ns);
  add("CPU time alone, which cannot see that cores differ", told.by_cpu_time_ns);
  return "Ranks that share a socket were told apart by " + ways;
}

/// Positions of the rows with the most energy, at most `limit`, in the rows' own order.
template <class Row>
std::vector<std::size_t> most_costly(const std::vector<Row>& rows, std::size_t limit) {
  std::vector<std::size_t> order(rows.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (rows.size() <= limit) return order;
  const auto key = [&](std::size_t i) {
    return rows[i].energy.known() ? rows[i].energy.value : -1;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return key(a) > key(b); });
  order.resize(limit);
  return order;
}

/// "... and 60 more: min 1.2 J, median 1.3 J, max 1.4 J" over those not shown.
template <class Row>
std::string others_line(const std::vector<Row>& rows, const std::vector<std::size_t>& shown) {
  if (shown.size() >= rows.size()) return {};
  std::vector<const Figure*> others;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (std::find(shown.begin(), shown.end(), i) == shown.end() && rows[i].energy.known())
      others.push_back(&rows[i].energy);
  std::sort(others.begin(), others.end(),
            [](const Figure* a, const Figure* b) { return a->value < b->value; });
  std::string line = fmt::format("... and {} more", rows.size() - shown.size());
  if (others.empty()) {
    line += ", their energy unknown";
  } else {
    line += fmt::format(": min {}, median {}, max {}", joules_text(*others.front()),
                        joules_text(*others[others.size() / 2]), joules_text(*others.back()));
  }
  return paragraph(line, 2);
}

bool is_part(const DomainSummary& domain) {
  return !domain.included_in.empty();
}

std::string users_of(const analysis::GpuSummary& gpu) {
  const std::vector<std::int32_t>& ranks = gpu.seen ? *gpu.seen : gpu.ranks;
  if (gpu.seen && ranks.empty()) return " (not used)";
  if (ranks.size() == 1) return fmt::format(" rank {}", ranks.front());
  return gpu.shared ? (gpu.seen ? " (by use)" : " (shared)") : std::string();
}

/// A part's share is left out: the shares of a table are to add up.
std::string domain_row(const std::string& indent, const DomainSummary& domain,
                       const Figure& whole) {
  const bool part = is_part(domain);
  return energy_row(fmt::format("{}{}{}", indent, domain.domain, part ? " (part)" : ""),
                    domain.energy, part ? Figure{} : whole, "");
}

std::string node_row(const NodeSummary& node, const Figure& whole) {
  return energy_row(node.hostname, node.energy, whole, duration_text(node.duration_s));
}

std::string socket_rows(const NodeSummary& node, const Figure& whole) {
  std::string text;
  for (const auto& socket : node.sockets) {
    if (socket.energy.known() || !socket.energy.missing.empty())
      text += energy_row("  " + socket_label(socket.socket), socket.energy, whole, "");
    for (const auto& domain : socket.domains) text += domain_row("    ", domain, whole);
  }
  return text;
}

/// Each domain once, over all nodes and sockets, in order of first appearance.
std::vector<DomainSummary> domains_of(const Summary& summary) {
  std::vector<DomainSummary> domains;
  for (const auto& node : summary.nodes)
    for (const auto& socket : node.sockets)
      for (const auto& domain : socket.domains) {
        auto found = std::find_if(domains.begin(), domains.end(), [&](const auto& known) {
          return known.domain == domain.domain && is_part(known) == is_part(domain);
        });
        if (found == domains.end()) {
          domains.push_back(domain);
        } else {
          found->energy.add(domain.energy);
        }
      }
  return domains;
}

}  // namespace

std::string places_section(const Summary& summary, const TextOptions& options) {
  if (summary.nodes.empty()) return {};
  std::string text = energy_head("By node, socket, domain", "time");
  const auto domains = domains_of(summary);
  const auto shown = most_costly(summary.nodes, options.nodes);
  const bool detailed = summary.nodes.size() <= options.detailed_nodes;
  for (const std::size_t i : shown) {
    text += node_row(summary.nodes[i], summary.energy);
    if (detailed) text += socket_rows(summary.nodes[i], summary.energy);
  }
  text += others_line(summary.nodes, shown);
  if (!detailed && !domains.empty()) {
    text += paragraph("all nodes, by domain", 2);
    for (const auto& domain : domains) text += domain_row("  ", domain, summary.energy);
  }
  const bool parts = std::any_of(domains.begin(), domains.end(), is_part);
  if (parts) text += paragraph("(part): included in another domain's figure, not added to it.", 2);
  return text;
}

std::string ranks_section(const Summary& summary, const TextOptions& options) {
  if (summary.ranks.empty())
    return "By rank\n" + paragraph("no MPI rank was seen: the energy is not split by rank", 2);
  std::string text = energy_head("By rank", "time");
  const auto shown = most_costly(summary.ranks, options.ranks);
  for (const std::size_t i : shown) {
    const RankSummary& rank = summary.ranks[i];
    text += energy_row(rank_label(rank, summary), rank.energy, summary.energy,
                       seconds_text(rank.seconds));
  }
  text += others_line(summary.ranks, shown);
  return text + paragraph(told_apart_text(summary) +
                              "; bounds are what is certain whatever the split. sN: the sockets "
                              "a rank may use.",
                          2);
}

std::string threads_section(const Summary& summary, const TextOptions& options) {
  std::vector<const RankSummary*> rows;
  for (const RankSummary& rank : summary.ranks)
    if (rank.thread_imbalance) rows.push_back(&rank);
  if (rows.empty()) return {};
  const std::size_t all = rows.size();
  if (all > options.ranks) {
    std::stable_sort(rows.begin(), rows.end(), [](const RankSummary* a, const RankSummary* b) {
      return *a->thread_imbalance > *b->thread_imbalance;
    });
    rows.resize(options.ranks);
  }
  std::string text = table_row(kThreadsHead, {"Threads", "threads", "CPU time", "imbalance"});
  for (const RankSummary* rank : rows)
    text += table_row(kThreadsColumns,
                      {"", rank_label(*rank, summary), std::to_string(rank->threads),
                       rank->cpu_seconds ? seconds_text(*rank->cpu_seconds) : "unknown",
                       percent_text(*rank->thread_imbalance)});
  if (all > rows.size())
    text +=
        paragraph(fmt::format("... and {}, more even", plural(all - rows.size(), "more rank")), 2);
  return text + paragraph(
                    "imbalance: the longest time a thread computed over the mean, less 1, of those "
                    "with at least 2 % of it; --by thread lists them.",
                    2);
}

std::string gpus_section(const Summary& summary) {
  if (summary.gpus.empty()) return {};
  std::string text = energy_head("GPUs", "");
  bool shared = false;
  bool by_use = false;
  for (const bool of_job : {true, false})
    for (const analysis::GpuSummary& gpu : summary.gpus) {
      if (gpu.of_job != of_job) continue;
      shared |= gpu.shared && !gpu.seen;
      by_use |= gpu.shared && gpu.seen && gpu.seen->size() > 1;
      text += energy_row(
          fmt::format("{}{}{}", gpu.gpu, summary.nodes.size() > 1 ? " " + gpu.node : std::string(),
                      of_job ? users_of(gpu) : " (others')"),
          gpu.energy, of_job ? summary.energy : Figure{}, "");
    }
  if (shared)
    text += paragraph(
        "(shared): split by time among those that may use it; each may have had "
        "anything from none to all of it, and its bounds say so.",
        2);
  if (by_use)
    text += paragraph(
        "(by use): split by how busy each process kept it, as its driver tells; bounds hold "
        "whatever each used while others were busy too.",
        2);
  if (std::any_of(summary.gpus.begin(), summary.gpus.end(),
                  [](const auto& gpu) { return !gpu.of_job; }))
    text += paragraph("(others'): no process of the job may use it; it is in no total.", 2);
  std::vector<std::string> said;
  for (const RankSummary& rank : summary.ranks) {
    if (rank.gpus_reason.empty() ||
        std::find(said.begin(), said.end(), rank.gpus_reason) != said.end())
      continue;
    said.push_back(rank.gpus_reason);
    text += paragraph(fmt::format("{} may use fewer than it is taken to: {}",
                                  rank_label(rank, summary), rank.gpus_reason),
                      2);
  }
  return text;
}

}  // namespace joulepath::report
