// Why the ranks waited, and for whom, from the events of their calls.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/report/layout.hpp"
#include "tools/report/quantity.hpp"
#include "tools/report/text_sections.hpp"

namespace joulepath::report {
namespace {

using namespace analysis;

constexpr std::size_t kShown = 10;
constexpr std::array<Column, 6> kCauseColumns{{{1, Align::kLeft},
                                               {21, Align::kLeft},
                                               {13, Align::kLeft},
                                               {7, Align::kRight},
                                               {9, Align::kRight},
                                               {21, Align::kLeft}}};
constexpr std::array<Column, 5> kCauseHead{{{23, Align::kLeft},
                                            {13, Align::kLeft},
                                            {7, Align::kRight},
                                            {9, Align::kRight},
                                            {21, Align::kLeft}}};

std::string bounds_of(const WaitSeconds& seconds) {
  return fmt::format("[{}, {}]", seconds_text(seconds.lo), seconds_text(seconds.hi));
}

std::string causes(const WaitSummary& waits) {
  std::string text =
      table_row(kCauseHead, {"Why ranks waited", "cause", "waits", "rank time", "[bounds]"});
  const std::size_t shown = std::min(kShown, waits.functions.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const WaitOfFunction& row = waits.functions[i];
    const bool known = row.kind != WaitKind::kNotMatched;
    text += table_row(kCauseColumns,
                      {"", row.function, std::string(to_string(row.kind)), count_text(row.calls),
                       known ? seconds_text(row.seconds.wait) : "unknown", bounds_of(row.seconds)});
  }
  if (const std::size_t more = waits.functions.size() - shown; more > 0)
    text += paragraph(fmt::format("... and {}; --json lists all", plural(more, "more row")), 2);
  return text;
}

std::string blamed(const WaitSummary& waits) {
  std::string text;
  const std::size_t shown = std::min(kShown, waits.ranks.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const WaitForRank& row = waits.ranks[i];
    text += table_row(kCauseColumns, {"", fmt::format("all waits for rank {}", row.rank), "",
                                      count_text(row.calls), seconds_text(row.seconds.wait),
                                      bounds_of(row.seconds)});
  }
  return text;
}

constexpr std::array<Column, 6> kLongestColumns{{{1, Align::kLeft},
                                                 {14, Align::kRight},
                                                 {6, Align::kRight},
                                                 {21, Align::kLeft},
                                                 {9, Align::kRight},
                                                 {23, Align::kLeft}}};

std::string longest(const WaitSummary& waits) {
  if (waits.longest.empty()) return {};
  std::string text = "\nLongest waits\n" +
                     table_row(kLongestColumns, {"", "begun at", "rank", "in", "waited", "for"});
  for (std::size_t i = 0; i < std::min(kShown, waits.longest.size()); ++i) {
    const LongWait& wait = waits.longest[i];
    text += table_row(kLongestColumns,
                      {"", fmt::format("{:.6f} s", wait.at_s), fmt::format("{}", wait.rank),
                       wait.function, seconds_text(wait.seconds.wait),
                       fmt::format("rank {}, {}", wait.for_rank, to_string(wait.kind))});
  }
  return text;
}

}  // namespace

std::string waits_section(const Summary& summary) {
  const WaitSummary& waits = summary.waits;
  if (!waits.recorded) return {};
  if (!waits.reason.empty())
    return "Why ranks waited\n" + paragraph("unknown, because " + waits.reason, 2);
  std::string text = causes(waits) + blamed(waits);
  std::string note = fmt::format("From {} events of MPI calls.", count_text(waits.events));
  if (waits.dropped != 0)
    note += fmt::format(
        " {} were lost as the recorder came too late: what their ranks waited for is not matched.",
        count_text(waits.dropped));
  return text + paragraph(note, 2) + longest(waits);
}

}  // namespace joulepath::report
