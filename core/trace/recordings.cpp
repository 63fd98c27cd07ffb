#include "core/trace/recordings.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/trace/trace_reader.hpp"

namespace joulepath::trace {

namespace {

SensorKey key_of(const record::Signal& signal) {
  return {signal.id, signal.pci, signal.uuid};
}

}  // namespace

std::vector<Recording> read_recordings(std::span<const std::filesystem::path> inputs) {
  std::vector<Recording> all;
  for (const auto& input : inputs) {
    const auto reader = TraceReader::open(input);
    if (!reader) continue;
    for (std::size_t n = 0; n < reader->node_count(); ++n) {
      const auto tables = reader->node(n);
      if (!tables) continue;
      Recording one;
      one.input = input.string();
      one.node = n;
      one.hostname = tables->info.hostname;
      // A gathered file has the session of each node that differs from the first's.
      one.session = reader->run().meta_value("session@" + one.hostname);
      if (one.session.empty()) one.session = reader->run().meta_value("session");
      one.identity = tables->info.identity;
      one.first_ns = one.last_ns = tables->info.start_monotonic_ns;
      for (const auto& row : tables->health) one.last_ns = std::max(one.last_ns, row.t_ns);
      for (const auto& row : tables->processes) {
        one.last_ns = std::max(one.last_ns, row.last_ns);
        one.world = std::max(one.world, row.world_size);
        if (row.rank >= 0) one.ranks.insert(row.rank);
      }
      for (const auto& row : tables->sensors)
        if (row.signal.counted && row.signal.readable) one.counted.insert(key_of(row.signal));
      all.push_back(std::move(one));
    }
  }
  return all;
}

Recordings::Recordings(std::vector<Recording> all) : all_(std::move(all)) {
  std::map<std::string, std::size_t> sessions;
  for (const Recording& one : all_) {
    const std::size_t count = ++sessions[one.session];
    if (count == 1 && sessions.size() == 1) session_ = one.session;
    if (count > sessions[session_]) session_ = one.session;
  }
  for (const Recording& one : all_) {
    if (one.session != session_) continue;
    world_ = std::max(world_, one.world);
    ranks_.insert(one.ranks.begin(), one.ranks.end());
  }
}

const Recording* Recordings::find(const std::filesystem::path& input, std::size_t node) const {
  for (const Recording& one : all_)
    if (one.node == node && input.native() == one.input) return &one;
  return nullptr;
}

std::string Recordings::of_another_run(const std::filesystem::path& input, std::size_t node) const {
  const Recording* const one = find(input, node);
  if (one == nullptr || one->session == session_ || one->session.empty() || session_.empty())
    return {};
  const bool twice = std::any_of(one->ranks.begin(), one->ranks.end(),
                                 [this](std::int32_t rank) { return ranks_.contains(rank); });
  if (one->world == world_ && !twice) return {};
  return "node " + one->hostname + " is of another run (session " + one->session + ", not " +
         session_ + ")";
}

std::size_t Recordings::count_once(const std::filesystem::path& input, std::size_t node,
                                   std::vector<record::SensorRow>& sensors) const {
  const Recording* const own = find(input, node);
  if (own == nullptr || own->identity.empty()) return 0;
  std::size_t taken = 0;
  for (const Recording& other : all_) {
    if (&other == own || other.identity != own->identity || other.session != own->session) continue;
    if (other.first_ns >= own->last_ns || own->first_ns >= other.last_ns) continue;
    if (other.first_ns == own->first_ns) continue;  // the same file: it is gathered once
    const auto length = [](const Recording& one) { return one.last_ns - one.first_ns; };
    if (length(other) < length(*own) || (length(other) == length(*own) && &other > own)) continue;
    for (record::SensorRow& row : sensors) {
      if (!row.signal.counted || !other.counted.contains(key_of(row.signal))) continue;
      row.signal.counted = false;
      row.signal.reason = record::kCountedElsewhere;
      ++taken;
    }
  }
  return taken;
}

}  // namespace joulepath::trace
