#include "tools/sensors_view/sensor_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "tools/report/layout.hpp"

namespace joulepath::tools {
namespace {

using record::Signal;
using report::Align;
using report::paragraph;
using Outcome = MeasuredUpdates::Outcome;

constexpr std::size_t kIdWidth = 32;
constexpr std::array<report::Column, 5> kColumns{{{kIdWidth}, {16}, {8}, {9, Align::kRight}, {10}}};
constexpr std::size_t kReasonIndent = 4;

std::string figure_text(const Signal& signal) {
  if (!signal.readable) return "-";
  if (signal.kind == record::Kind::kPower) return "power";
  return std::string(to_string(signal.provenance));
}

std::string update_text(const Signal& signal, const MeasuredUpdates& updates) {
  if (updates.outcome == Outcome::kPeriod) return period_text(updates.period_ns);
  if (signal.update_period_ns > 0) return "~" + period_text(signal.update_period_ns);
  return "-";
}

std::string row(const Signal& signal, const MeasuredUpdates& updates) {
  std::string text;
  std::vector<std::string> cells{signal.id, covers_text(signal), signal.unit,
                                 update_text(signal, updates), figure_text(signal)};
  // An id is there to be typed: never cut.
  if (signal.id.size() > kIdWidth) {
    text = signal.id + "\n";
    cells.front().clear();
  }
  return text + report::table_row(kColumns, cells);
}

/// What watching it brought up; empty: nothing odd.
std::string oddity(const MeasuredUpdates& updates) {
  switch (updates.outcome) {
    case Outcome::kStill: return "stood still while it was watched";
    case Outcome::kSlowToRead:
      return fmt::format("a reading takes {}: too slow to be watched",
                         period_text(updates.read_ns));
    case Outcome::kFailed:
      return fmt::format("every reading failed: {}",
                         updates.sys_errno != 0 ? std::strerror(updates.sys_errno) : "no value");
    case Outcome::kUnclear:
    case Outcome::kPeriod:
    case Outcome::kNotMeasured: break;
  }
  return {};
}

struct Entry {
  const Signal* signal;
  MeasuredUpdates updates;
};
using Entries = std::vector<Entry>;

std::string remark(const Entry& entry) {
  std::string text = entry.signal->reason;
  if (const std::string odd = oddity(entry.updates); !odd.empty())
    text += (text.empty() ? "" : "; ") + odd;
  return text;
}

/// A remark is often "PATH: what is wrong", with a path of its own for each.
std::size_t path_length(const std::string& said) {
  return said.starts_with('/') ? std::min(said.find(": "), said.size()) : 0;
}

/// Rows with one remark share it; where only the path differs, the first is named.
std::string rows(const Entries& entries) {
  std::string text;
  std::size_t first = 0;
  for (std::size_t at = 0; at < entries.size(); ++at) {
    text += row(*entries[at].signal, entries[at].updates);
    const std::string said = remark(entries[first]);
    const std::string_view wrong = std::string_view(said).substr(path_length(said));
    if (at + 1 < entries.size()) {
      const std::string next = remark(entries[at + 1]);
      if (std::string_view(next).substr(path_length(next)) == wrong) continue;
    }
    const std::string path = said.substr(0, path_length(said));
    if (const std::size_t others = at - first; path.empty() || others == 0)
      text += paragraph(said, kReasonIndent);
    else
      text += paragraph(fmt::format("{} and {} more{}", path, others, wrong), kReasonIndent);
    first = at + 1;
  }
  return text;
}

std::string section(std::string_view title, const Entries& entries) {
  if (entries.empty()) return {};
  return "\n" + std::string(title) + "\n" + rows(entries);
}

std::string remedies(const Entries& entries) {
  std::vector<std::string> commands;
  for (const Entry& entry : entries) {
    const std::string& remedy = entry.signal->remedy;
    if (remedy.empty()) continue;
    if (std::find(commands.begin(), commands.end(), remedy) == commands.end())
      commands.push_back(remedy);
  }
  if (commands.empty()) return {};
  std::string text = "\nTo have them read, an administrator would run\n";
  for (const std::string& command : commands) text += command_lines(command, kReasonIndent);
  return text;
}

std::string notes(const sensors::Sampler& sampler) {
  std::string text;
  for (const sensors::BackendNote& note : sampler.notes())
    text += paragraph(fmt::format("{}: {}", note.backend, note.text), 2);
  return text.empty() ? text : "\nNotes\n" + text;
}

bool any_stated(const Entries& entries) {
  return std::any_of(entries.begin(), entries.end(), [](const Entry& entry) {
    return entry.updates.outcome != Outcome::kPeriod && entry.signal->update_period_ns > 0;
  });
}

}  // namespace

std::string command_lines(std::string_view command, std::size_t indent) {
  constexpr std::string_view kAnd = " && ";
  const std::string space(indent, ' ');
  std::string text;
  std::string line;
  while (!command.empty()) {
    const auto end = std::min(command.find(kAnd), command.size());
    const std::string_view part = command.substr(0, end);
    command.remove_prefix(std::min(command.size(), end + kAnd.size()));
    const std::string more = command.empty() ? "" : " &&";
    const std::size_t width = indent + line.size() + 1 + part.size() + more.size();
    if (!line.empty() && width > report::kWidth) {
      text += space + line + "\n";
      line = "  ";
    }
    if (!line.empty() && line.back() != ' ') line += ' ';
    line.append(part) += more;
  }
  return text + space + line + "\n";
}

std::string covers_text(const Signal& signal) {
  std::string text(to_string(signal.domain));
  if (!signal.pci.empty()) return text + " " + signal.pci;
  if (signal.socket >= 0) text += fmt::format(" {}", signal.socket);
  return text;
}

std::string period_text(std::int64_t period_ns) {
  if (period_ns <= 0) return {};
  const double ms = static_cast<double>(period_ns) * 1e-6;
  return ms < 1000 ? fmt::format("{:.3g} ms", ms) : fmt::format("{:.3g} s", ms * 1e-3);
}

std::string sensor_table(const sensors::Sampler& sampler, std::int64_t period_ns,
                         const std::vector<MeasuredUpdates>& updates) {
  Entries counted;
  Entries beside;
  Entries refused;
  for (const record::SensorRow& row : sampler.sensors()) {
    const Signal& signal = row.signal;
    Entries& list = !signal.readable ? refused : signal.counted ? counted : beside;
    list.push_back({&signal, updates.empty() ? MeasuredUpdates{} : updates[row.sensor]});
  }
  if (sampler.sensors().empty()) return "No sensor here.\n" + notes(sampler);
  std::string text =
      report::table_row(kColumns, {"SENSOR", "COVERS", "RAW UNIT", "UPDATES", "FIGURE"});
  text += section("Added up to the node's total", counted);
  text += section("Read beside it, not added", beside);
  text += section("Not readable", refused);
  text += remedies(refused);
  text += notes(sampler);
  text += "\n" + paragraph(fmt::format("A run reads them every {} (--period), fast counters at "
                                       "their updates.",
                                       period_text(period_ns)),
                           0);
  if (any_stated(counted) || any_stated(beside))
    text += paragraph("~: as the device's documents say, not measured here.", 0);
  text += paragraph("joulepath sensors --explain NAME says more of a sensor or backend.", 0);
  return text;
}

}  // namespace joulepath::tools
