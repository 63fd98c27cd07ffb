#include "sensors/sampler/selection.hpp"

#include <algorithm>
#include <array>

#include "core/base/file.hpp"

namespace joulepath::sensors {
namespace {

/// A name for several backends: what they read is the same registers.
struct Alias {
  std::string_view name;
  std::array<std::string_view, 3> backends;
};
constexpr Alias kRapl{"rapl", {"powercap", "perf", "msr"}};

/// Its signals keep the name of the backend that joulepathd reads them with: whoever wants
/// "powercap" takes those, too.
bool is_board(const Backend& backend) {
  return backend.name == "board";
}

bool names(std::string_view name, const record::Signal& signal) {
  if (name == kRapl.name)
    return std::find(kRapl.backends.begin(), kRapl.backends.end(), signal.source) !=
           kRapl.backends.end();
  if (name == "board") return signal.id.starts_with("board:");
  return name == signal.source || name == record::to_string(signal.domain) || name == signal.id ||
         name == signal.device || name == signal.pci || name == signal.uuid;
}

/// All that a backend finds goes by this name.
bool is_name_of(std::string_view name, const Backend& backend) {
  return name == backend.name ||
         (name == kRapl.name && std::find(kRapl.backends.begin(), kRapl.backends.end(),
                                          backend.name) != kRapl.backends.end());
}

/// Ids begin with the name of their backend: "powercap:intel-rapl:0".
bool is_id_of(std::string_view name, const Backend& backend) {
  return name.size() > backend.name.size() && name.starts_with(backend.name) &&
         name[backend.name.size()] == ':';
}

/// A domain, a device, or nothing: only what the backends find tells whose it is.
bool is_of_any(std::string_view name, std::span<const Backend> backends) {
  return name != kRapl.name &&
         std::none_of(backends.begin(), backends.end(), [&](const Backend& backend) {
           return name == backend.name || is_id_of(name, backend);
         });
}

bool known(std::string_view name, std::span<const Backend> backends,
           std::span<const Candidate> candidates) {
  return name == kRapl.name || record::domain_from(name).has_value() ||
         std::any_of(backends.begin(), backends.end(),
                     [&](const Backend& backend) { return backend.name == name; }) ||
         std::any_of(candidates.begin(), candidates.end(),
                     [&](const Candidate& candidate) { return names(name, candidate.signal); });
}

/// Each once, in the order of the table.
std::string devices(std::span<const Candidate> candidates) {
  std::vector<std::string_view> seen;
  std::string text;
  for (const Candidate& candidate : candidates)
    for (const std::string_view name :
         {std::string_view(candidate.signal.device), std::string_view(candidate.signal.pci)}) {
      if (name.empty() || std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
      seen.push_back(name);
      text.append(" ").append(name);
    }
  return text;
}

std::string valid_names(std::span<const Backend> backends, std::span<const Candidate> candidates) {
  using record::Domain;
  std::string text = "valid are the backends";
  for (const Backend& backend : backends) text.append(" ").append(backend.name);
  text.append(" and ").append(kRapl.name).append(" (");
  for (const std::string_view name : kRapl.backends)
    text.append(name == kRapl.backends.front() ? "" : ", ").append(name);
  text += ")";
  text += "; the domains";
  for (const Domain domain :
       {Domain::kNode, Domain::kPlatform, Domain::kPackage, Domain::kCore, Domain::kUncore,
        Domain::kDram, Domain::kGpu, Domain::kModule, Domain::kOther})
    text.append(" ").append(record::to_string(domain));
  if (candidates.empty()) return text;
  text += "; here also the devices" + devices(candidates);
  text += " and the sensors";
  for (const Candidate& candidate : candidates) text.append(" ").append(candidate.signal.id);
  return text;
}

}  // namespace

base::Result<Selection> Selection::parse(std::string_view text) {
  Selection selection;
  if (base::trimmed(text).empty()) return selection;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    more = comma != std::string_view::npos;
    std::string_view name = base::trimmed(text.substr(0, comma));
    text.remove_prefix(more ? comma + 1 : text.size());
    const bool leave = name.starts_with('!');
    if (leave) name = base::trimmed(name.substr(1));
    if (name.empty())
      return base::Error{base::Errc::kUsage, "has an empty name in its list", "sensors", 0,
                         "write, for instance, \"rapl,!dram\""};
    (leave ? selection.leave_ : selection.take_).emplace_back(name);
  }
  return selection;
}

base::Status Selection::check(std::span<const Backend> backends,
                              std::span<const Candidate> candidates) const {
  for (const auto* list : {&take_, &leave_})
    for (const std::string& name : *list)
      if (!known(name, backends, candidates))
        return base::Error{base::Errc::kUsage, "unknown sensor name '" + name + "'", "sensors", 0,
                           valid_names(backends, candidates)};
  return base::Done{};
}

bool Selection::takes(const record::Signal& signal) const {
  const auto hit = [&](const std::string& name) { return names(name, signal); };
  if (std::any_of(leave_.begin(), leave_.end(), hit)) return false;
  return take_.empty() || std::any_of(take_.begin(), take_.end(), hit);
}

bool Selection::may_take(const Backend& backend, std::span<const Backend> backends) const {
  for (const std::string& name : leave_)
    if (is_id_of(name, backend) ||
        (is_of_any(name, backends) && !record::domain_from(name).has_value()))
      return true;  // it is to be seen whether there is such a thing
  if (std::any_of(leave_.begin(), leave_.end(),
                  [&](const std::string& name) { return is_name_of(name, backend); }))
    return false;
  return take_.empty() || is_board(backend) ||
         std::any_of(take_.begin(), take_.end(), [&](const std::string& name) {
           return is_name_of(name, backend) || is_id_of(name, backend) || is_of_any(name, backends);
         });
}

}  // namespace joulepath::sensors
