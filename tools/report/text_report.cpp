#include "tools/report/text_report.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>

#include "tools/report/labels.hpp"
#include "tools/report/layout.hpp"
#include "tools/report/quantity.hpp"
#include "tools/report/text_sections.hpp"

namespace joulepath::report {
namespace {

using analysis::Summary;

constexpr std::array<Column, 6> kEnergyColumns{{{1, Align::kLeft},
                                                {26, Align::kLeft},
                                                {11, Align::kRight},
                                                {18, Align::kLeft},
                                                {7, Align::kRight},
                                                {11, Align::kRight}}};

std::string fact(const std::string& name, const std::string& value) {
  constexpr std::size_t kNameWidth = 12;
  return fmt::format("  {:<{}}{}\n", name, kNameWidth,
                     elide_middle(value, kWidth - kNameWidth - 2));
}

std::string utc_text(std::int64_t utc_ns) {
  const std::time_t utc_s = utc_ns / 1'000'000'000;
  std::tm parts{};
  if (gmtime_r(&utc_s, &parts) == nullptr) return "unknown";
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

std::string nodes_text(const Summary& summary) {
  if (summary.nodes.empty()) return "none";
  std::string names;
  for (const auto& node : summary.nodes) names += (names.empty() ? "" : ", ") + node.hostname;
  return fmt::format("{} ({})", summary.nodes.size(), names);
}

std::string clocks_text(const analysis::ClocksSummary& clocks) {
  const std::size_t aligned = clocks.aligned();
  if (aligned == 0) return "of the nodes not aligned: each keeps its own UTC";
  std::string text = aligned == clocks.nodes.size()
                         ? fmt::format("of all {} nodes", aligned)
                         : fmt::format("of {} of {} nodes", aligned, clocks.nodes.size());
  return text + fmt::format(" aligned, to within {}", seconds_text(clocks.error_s));
}

}  // namespace

std::string plural(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string energy_row(const std::string& label, const analysis::Figure& energy,
                       const analysis::Figure& whole, const std::string& time) {
  return table_row(kEnergyColumns, {"", label, joules_text(energy), bounds_text(energy),
                                    share_text(energy, whole), time});
}

std::string energy_head(const std::string& title, const std::string& time) {
  constexpr std::array<Column, 5> kHead{{{28, Align::kLeft},
                                         {11, Align::kRight},
                                         {18, Align::kLeft},
                                         {7, Align::kRight},
                                         {11, Align::kRight}}};
  return table_row(kHead, {title, "energy", "[bounds]", "share", time});
}

std::string header_section(const Summary& summary) {
  std::string text = "Joulepath report\n";
  text += fact("command", summary.command.empty() ? "not recorded" : summary.command);
  text += fact("MPI", summary.mpi.empty() ? "none seen" : summary.mpi);
  if (summary.start_utc_ns > 0) text += fact("start", utc_text(summary.start_utc_ns));
  text += fact("duration", duration_text(summary.duration_s));
  text += fact("nodes", nodes_text(summary));
  if (!summary.clocks.nodes.empty()) text += fact("clocks", clocks_text(summary.clocks));
  text += fact("ranks", ranks_text(summary));
  return text;
}

std::string total_section(const Summary& summary) {
  const analysis::Figure& total = summary.energy;
  std::string text = "Energy\n";
  if (!total.known()) {
    text += fact("total", "unknown");
    return text + paragraph("because " + total.missing_text(), 14);
  }
  text += fact("total", fmt::format("{}  {}  {}", joules_text(total), bounds_text(total),
                                    to_string(total.basis)));
  if (summary.duration_s > 0)
    text += fact("mean power", watts_text(summary.mean_power_w(), total.basis));
  if (!total.missing.empty()) text += fact("incomplete", "see \"Not measured\" below");
  if (summary.estimated()) {
    text += "\n";
    text += paragraph(
        "ESTIMATED: figures marked ~ come from a model of CPU time and memory, not from a "
        "sensor. Why no sensor was read, and what to do, is under \"Not measured\".",
        2);
  }
  return text;
}

std::string text_report(const Summary& summary, const TextOptions& options) {
  std::string text;
  for (const std::string& section :
       {header_section(summary), total_section(summary), places_section(summary, options),
        ranks_section(summary, options), threads_section(summary, options), gpus_section(summary),
        classes_section(summary), functions_section(summary, options),
        phases_section(summary, options), counters_section(summary, options),
        imbalance_section(summary), waits_section(summary), rest_section(summary),
        shared_section(summary), static_section(summary), fits_section(summary, options),
        missing_section(summary), health_section(summary), recorder_section(summary)}) {
    if (section.empty()) continue;
    text += (text.empty() ? "" : "\n") + section;
  }
  return text;
}

}  // namespace joulepath::report
