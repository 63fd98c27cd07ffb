// How a counter's energy was split: the power a fit found for each phase, how well it
// explains the readings, and what a socket takes whatever runs.
#include <fmt/format.h>

#include <algorithm>

#include "tools/report/labels.hpp"
#include "tools/report/layout.hpp"
#include "tools/report/quantity.hpp"
#include "tools/report/text_sections.hpp"

namespace joulepath::report {
namespace {

using analysis::Figure;
using analysis::FitSummary;
using analysis::Summary;

std::string place(const std::string& what, const std::string& node, const Summary& summary) {
  return summary.nodes.size() > 1 ? what + " on " + node : what;
}

std::string power_text(const Figure& power) {
  return watts_text(power.value, power.basis) +
         fmt::format(" [{:.1f}, {:.1f}]", power.lo, power.hi);
}

/// "fit of 2100 ticks, 3.2 % left over, updates timed within 20 us (95 %: 60 us)".
std::string quality_text(const FitSummary& fit) {
  std::string text(to_string(fit.method));
  if (fit.ticks > 0) text += fmt::format(", {}", plural(fit.ticks, "tick"));
  if (fit.residual) text += fmt::format(", {} left over", percent_text(*fit.residual));
  if (fit.edge_median_s) {
    text += ", updates timed within " + seconds_text(*fit.edge_median_s);
    if (fit.edge_p95_s) text += fmt::format(" (95 %: {})", seconds_text(*fit.edge_p95_s));
  }
  if (fit.method == analysis::SplitMethod::kFit && !fit.determined)
    text += "; the readings do not tell these phases apart";
  if (!fit.why.empty()) text += "; " + fit.why;
  return text;
}

std::string fit_text(const FitSummary& fit, const Summary& summary, std::size_t phases) {
  std::string text =
      paragraph(fmt::format("{}: {}", place(fit.sensor, fit.node, summary), quality_text(fit)), 2);
  constexpr std::size_t kNameWidth = 34;
  for (std::size_t i = 0; i < fit.phase_power.size() && i < phases; ++i) {
    const auto& row = fit.phase_power[i];
    const std::string name = elide_middle(row.phase, kNameWidth);
    text += "    " + name + std::string(kNameWidth - display_width(name) + 2, ' ') +
            (row.power_w.known() ? power_text(row.power_w) : std::string("unknown")) + "\n";
  }
  if (fit.phase_power.size() > phases)
    text += paragraph(fmt::format("... and {}; --json lists all",
                                  plural(fit.phase_power.size() - phases, "more phase")),
                      4);
  return text;
}

}  // namespace

std::string static_section(const Summary& summary) {
  if (summary.statics.empty()) return {};
  std::string text = "Static power\n";
  for (const auto& row : summary.statics) {
    std::string name = socket_label(row.socket);
    if (!row.domain.empty()) name += " " + row.domain;
    name = place(name, row.node, summary);
    text +=
        paragraph(row.power_w.known()
                      ? fmt::format("{}: {} {}", name, power_text(row.power_w), row.origin)
                      : fmt::format("{}: unknown, because {}", name, row.power_w.missing_text()),
                  2);
  }
  return text;
}

std::string fits_section(const Summary& summary, const TextOptions& options) {
  if (summary.fits.empty()) return {};
  std::string text = "How phases were told apart\n";
  const std::size_t shown = std::min(options.fits, summary.fits.size());
  for (std::size_t i = 0; i < shown; ++i)
    text += fit_text(summary.fits[i], summary, options.phases);
  if (summary.fits.size() > shown)
    text += paragraph(fmt::format("... and {}; --json lists all",
                                  plural(summary.fits.size() - shown, "more counter")),
                      2);
  return text;
}

}  // namespace joulepath::report
