#include "tools/sensors_view/explanation.hpp"

#include <fmt/format.h>

#include "tools/report/layout.hpp"
#include "tools/sensors_view/backend_readmes.hpp"
#include "tools/sensors_view/readme_text.hpp"
#include "tools/sensors_view/sensor_table.hpp"

namespace joulepath::tools {
namespace {

using record::Domain;
using record::Signal;
using report::paragraph;

std::string_view meaning(Domain domain) {
  switch (domain) {
    case Domain::kNode:
      return "The whole node, measured at its supply or board: CPUs, memory, GPUs, fans and "
             "losses. Added up only where its parts cannot be.";
    case Domain::kPlatform:
      return "What the platform's supply gives: it contains the packages and the memory, and "
             "may contain GPUs. Never added to them.";
    case Domain::kPackage:
      return "A CPU socket, or one die of it: cores, caches, memory controllers. Memory "
             "modules are not part of it.";
    case Domain::kCore: return "The cores of a package, or one core: part of the package.";
    case Domain::kUncore:
      return "The integrated GPU of a package, or what it has beside the cores: part of the "
             "package.";
    case Domain::kDram: return "Memory modules. Added to the packages.";
    case Domain::kGpu: return "A GPU card, with its memory. Added to the packages.";
    case Domain::kModule:
      return "A board with CPU and GPU together (GH200). Contains the figures of both.";
    case Domain::kOther: return "Something whose place is not known: read, never added.";
  }
  return {};
}

std::string sensors_where(const sensors::Sampler& sampler, bool (*matches)(const Signal&, int),
                          int key) {
  std::string text;
  for (const record::SensorRow& row : sampler.sensors())
    if (matches(row.signal, key))
      text += paragraph(fmt::format("{}: {}", row.signal.id,
                                    row.signal.counted    ? "added up to the node's total"
                                    : row.signal.readable ? "read, not added"
                                                          : "not readable"),
                        2);
  return "\nOn this machine\n" + (text.empty() ? "  none\n" : text);
}

std::string explain_domain(Domain domain, const sensors::Sampler& sampler) {
  return fmt::format("{}\n", to_string(domain)) + paragraph(meaning(domain), 2) +
         sensors_where(
             sampler,
             [](const Signal& signal, int key) { return static_cast<int>(signal.domain) == key; },
             static_cast<int>(domain));
}

std::string explain_backend(const sensors::Backend& backend, const sensors::Sampler& sampler) {
  std::string text = fmt::format("{}\n", backend.name) + paragraph(backend.summary, 2);
  for (const sensors::BackendNote& note : sampler.notes())
    if (note.backend == backend.name) text += paragraph("Here: " + note.text, 2);
  if (const std::string_view readme = backend_readme(backend.name); !readme.empty())
    text += "\n" + readme_text(readme);
  return text;
}

void line(std::string& text, std::string_view name, const std::string& value) {
  if (!value.empty()) text += paragraph(fmt::format("{}: {}", name, value), 2);
}

std::string kind_text(const Signal& signal) {
  switch (signal.kind) {
    case record::Kind::kEnergy: return "energy counter";
    case record::Kind::kPower: return "power at the moment of reading";
    case record::Kind::kPowerAveraged: break;
  }
  if (signal.averaging_ns <= 0) return "power, averaged by the device";
  return "power, averaged by the device over " + period_text(signal.averaging_ns);
}

std::string explain_sensor(const Signal& signal) {
  std::string text = signal.id + "\n";
  line(text, "covers", covers_text(signal));
  line(text, "device", signal.device);
  line(text, "UUID", signal.uuid);
  line(text, "reports", kind_text(signal));
  line(text, "raw unit", signal.unit);
  line(text, "wraps at", signal.modulus != 0 ? fmt::format("{}", signal.modulus) : "");
  line(text, "updates every", period_text(signal.update_period_ns));
  line(text, "part of", signal.contained_in);
  line(text, "same energy as", signal.excluded_by);
  line(text, "counted", signal.counted ? "yes, in the node's total" : "no");
  line(text, "readable", signal.readable ? "yes" : "no");
  line(text, "reason", signal.reason);
  if (!signal.remedy.empty())
    text += "  an administrator would run\n" + command_lines(signal.remedy, 4);
  const std::string_view readme = backend_readme(signal.source);
  for (const std::string_view heading : {"Privileges", "Update rate", "Known errors"}) {
    const std::string_view section = readme_section(readme, heading);
    if (!section.empty())
      text += fmt::format("\n{} of {}\n", heading, signal.source) + readme_text(section);
  }
  return text;
}

std::string known_names(const sensors::Sampler& sampler,
                        std::span<const sensors::Backend> backends) {
  std::string text = "known are the backends";
  for (const sensors::Backend& backend : backends) text.append(" ").append(backend.name);
  text += "; the domains";
  for (const Domain domain :
       {Domain::kNode, Domain::kPlatform, Domain::kPackage, Domain::kCore, Domain::kUncore,
        Domain::kDram, Domain::kGpu, Domain::kModule, Domain::kOther})
    text.append(" ").append(to_string(domain));
  if (!sampler.sensors().empty()) text += "; the sensors";
  for (const record::SensorRow& row : sampler.sensors()) text += " " + row.signal.id;
  return text;
}

}  // namespace

base::Result<std::string> explain(std::string_view name, const sensors::Sampler& sampler,
                                  std::span<const sensors::Backend> backends) {
  for (const sensors::Backend& backend : backends)
    if (backend.name == name) return explain_backend(backend, sampler);
  if (const auto domain = record::domain_from(name)) return explain_domain(*domain, sampler);
  for (const record::SensorRow& row : sampler.sensors())
    if (row.signal.id == name) return explain_sensor(row.signal);
  return base::Error{base::Errc::kUsage, fmt::format("nothing is called \"{}\"", name), "--explain",
                     0, known_names(sampler, backends)};
}

}  // namespace joulepath::tools
