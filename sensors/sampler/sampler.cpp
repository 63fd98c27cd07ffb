#include "sensors/sampler/sampler.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "sensors/board/board.hpp"
#include "sensors/sampler/choice.hpp"
#include "sensors/sampler/selection.hpp"

namespace joulepath::sensors {
namespace {

constexpr std::uint16_t kNotTaken = 0xffff;

/// A source and, for each of its signals, the sensor's key.
struct Opened {
  std::unique_ptr<Source> source;
  std::vector<std::uint16_t> keys;
  std::size_t readable = 0;  ///< of those that have a key
};

/// Where a sensor comes from.
struct Origin {
  std::size_t source = 0;
  std::size_t signal = 0;
};

/// What discovery found, before anything is left out. `origin` is parallel to
/// `candidates`.
struct Found {
  std::vector<Candidate> candidates;
  std::vector<Origin> origin;
  std::vector<Opened> opened;
  std::vector<BackendNote> notes;
  std::vector<FoundGpu> gpus;
};

/// Parts of a GPU (tiles) have neither address nor UUID of their own.
void note_gpu(const record::Signal& signal, std::string_view backend, std::vector<FoundGpu>& gpus) {
  using record::Domain;
  if (signal.domain != Domain::kGpu && signal.domain != Domain::kModule) return;
  if (signal.pci.empty() && signal.uuid.empty()) return;
  const auto same = [&](const FoundGpu& gpu) {
    return gpu.source == backend && gpu.name.pci == signal.pci && gpu.name.uuid == signal.uuid;
  };
  if (std::any_of(gpus.begin(), gpus.end(), same)) return;
  gpus.push_back({backend, {signal.uuid, signal.pci, signal.device}});
}

Found discover(const Environment& environment, const Selection& wanted,
               std::span<const Backend> backends) {
  Found found;
  for (const Backend& backend : backends) {
    if (!wanted.may_take(backend, backends)) continue;
    Discovery discovery = backend.discover(environment);
    if (!discovery.absent.empty())
      found.notes.push_back({backend.name, std::move(discovery.absent)});
    for (std::string& note : discovery.notes)
      found.notes.push_back({backend.name, std::move(note)});
    if (discovery.source == nullptr) continue;
    const auto signals = discovery.source->signals();
    for (std::size_t at = 0; at < signals.size(); ++at) {
      found.candidates.push_back({signals[at], &backend});
      found.origin.push_back({found.opened.size(), at});
      note_gpu(signals[at], backend.name, found.gpus);
    }
    found.opened.push_back({std::move(discovery.source), {}, 0});
    found.opened.back().keys.assign(signals.size(), kNotTaken);
  }
  return found;
}

template <class Keep>
void keep_only(Found& found, Keep keep) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < found.candidates.size(); ++at) {
    if (!keep(found.candidates[at])) continue;
    if (kept != at) {
      found.candidates[kept] = std::move(found.candidates[at]);
      found.origin[kept] = found.origin[at];
    }
    ++kept;
  }
  found.candidates.resize(kept);
  found.origin.resize(kept);
}

/// What joulepathd publishes is not read a second time, and not called unreadable.
void drop_published(Found& found) {
  std::set<std::string, std::less<>> published;
  for (const Candidate& candidate : found.candidates)
    if (candidate.signal.id.starts_with(board::kIdPrefix))
      published.emplace(candidate.signal.id.substr(board::kIdPrefix.size()));
  keep_only(found,
            [&](const Candidate& candidate) { return !published.contains(candidate.signal.id); });
}

void drop_needless_fallbacks(Found& found, const Selection& wanted,
                             std::span<const Backend> backends) {
  if (!cpus_are_covered(found.candidates)) return;
  keep_only(found, [](const Candidate& candidate) { return !candidate.backend->fallback; });
  for (const Backend& backend : backends)
    if (backend.fallback && wanted.may_take(backend, backends))
      found.notes.push_back({backend.name, "not used: there are sensors for the CPUs"});
}

}  // namespace

struct Sampler::State {
  std::vector<Opened> opened;
  std::vector<record::SensorRow> rows;
  std::vector<BackendNote> notes;
  std::vector<FoundGpu> gpus;
  std::vector<SensorHealth> health;
  std::vector<std::optional<record::Counter>> counters;  ///< of energy; parallel to rows
  std::vector<Origin> origins;                           ///< in `opened`; parallel to rows
  std::vector<std::size_t> asked;                        ///< of one source in a pass; room for all

  /// Numbers what is left and forgets the sources of which nothing is.
  explicit State(Found found) : notes(std::move(found.notes)), gpus(std::move(found.gpus)) {
    assert(found.candidates.size() < kNotTaken);
    std::vector<std::size_t> used(found.opened.size(), 0);
    origins = std::move(found.origin);
    for (std::size_t at = 0; at < found.candidates.size(); ++at) {
      const auto key = static_cast<std::uint16_t>(at);
      const auto [source, signal] = origins[at];
      found.opened[source].keys[signal] = key;
      ++used[source];
      if (found.candidates[at].signal.readable) ++found.opened[source].readable;
      rows.push_back({key, std::move(found.candidates[at].signal)});
      counters.emplace_back();
      if (rows.back().signal.kind == record::Kind::kEnergy)
        counters.back().emplace(record::limits_of(rows.back().signal));
    }
    std::vector<std::size_t> place(used.size(), 0);
    for (std::size_t at = 0; at < used.size(); ++at) {
      if (used[at] == 0) continue;
      place[at] = opened.size();
      opened.push_back(std::move(found.opened[at]));
    }
    for (Origin& origin : origins) origin.source = place[origin.source];
    health.resize(rows.size());
    asked.reserve(rows.size());
  }
};

namespace {

/// From a source's own signal numbers to sensor keys, with the bookkeeping.
class Router final : public Sink {
 public:
  Router(SampleSink& sink, std::span<SensorHealth> health,
         std::span<std::optional<record::Counter>> counters)
      : sink_(sink), health_(health), counters_(counters) {}

  void use(std::span<const std::uint16_t> keys) { keys_ = keys; }

  void reading(std::size_t signal, const record::Reading& reading) noexcept override {
    const std::uint16_t key = keys_[signal];
    if (key == kNotTaken) return;
    SensorHealth& health = health_[key];
    if (counters_[key]) {
      const record::Step step = counters_[key]->advance(reading);
      if (step.kind == record::StepKind::kOutOfRange) {
        failure(signal, ERANGE);
        return;
      }
      if (!step.exact()) {
        ++health.anomalies;
        health.last_anomaly = step.kind;
      }
    }
    ++health.readings;
    sink_.reading(key, reading);
  }

  void failure(std::size_t signal, int sys_errno) noexcept override {
    const std::uint16_t key = keys_[signal];
    if (key == kNotTaken) return;
    ++health_[key].failures;
    health_[key].last_errno = sys_errno;
    sink_.failure(key, sys_errno);
  }

  void nothing_new(std::size_t signal) noexcept override {
    if (keys_[signal] != kNotTaken) sink_.nothing_new(keys_[signal]);
  }

 private:
  SampleSink& sink_;
  std::span<const std::uint16_t> keys_;
  std::span<SensorHealth> health_;
  std::span<std::optional<record::Counter>> counters_;
};

}  // namespace

Sampler::Sampler(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sampler::Sampler(Sampler&&) noexcept = default;
Sampler& Sampler::operator=(Sampler&&) noexcept = default;
Sampler::~Sampler() = default;

base::Result<Sampler> Sampler::open(const Environment& environment, std::string_view selection,
                                    std::span<const Backend> backends) {
  assert(environment.clock != nullptr);
  const auto wanted = Selection::parse(selection);
  if (!wanted) return wanted.error();
  if (const auto model = check(environment.estimate_model); !model) return model.error();
  Found found = discover(environment, *wanted, backends);
  if (const auto valid = wanted->check(backends, found.candidates); !valid) return valid.error();
  keep_only(found, [&](const Candidate& candidate) { return wanted->takes(candidate.signal); });
  drop_published(found);
  drop_needless_fallbacks(found, *wanted, backends);
  choose(found.candidates);
  return Sampler(std::make_unique<State>(std::move(found)));
}

std::span<const record::SensorRow> Sampler::sensors() const {
  return state_->rows;
}
std::span<const BackendNote> Sampler::notes() const {
  return state_->notes;
}
std::span<const FoundGpu> Sampler::gpus() const {
  return state_->gpus;
}
std::span<const SensorHealth> Sampler::health() const {
  return state_->health;
}

void Sampler::sample(SampleSink& sink) noexcept {
  Router router(sink, state_->health, state_->counters);
  for (const Opened& opened : state_->opened) {
    router.use(opened.keys);
    opened.source->sample(router);
  }
}

void Sampler::sample(std::span<const std::uint16_t> sensors, SampleSink& sink) noexcept {
  Router router(sink, state_->health, state_->counters);
  while (!sensors.empty()) {
    const std::size_t source = state_->origins[sensors.front()].source;
    std::size_t count = 1;
    while (count < sensors.size() && state_->origins[sensors[count]].source == source) ++count;
    const Opened& opened = state_->opened[source];
    router.use(opened.keys);
    if (count == opened.readable) {
      opened.source->sample(router);
    } else {
      std::vector<std::size_t>& asked = state_->asked;
      asked.clear();
      for (const std::uint16_t key : sensors.first(count))
        asked.push_back(state_->origins[key].signal);
      opened.source->sample_some(asked, router);
    }
    sensors = sensors.subspan(count);
  }
}

void Sampler::take_gpu_looks(std::vector<GpuLook>& looks) {
  for (const Opened& opened : state_->opened) {
    const std::size_t first = looks.size();
    opened.source->take_gpu_looks(looks);
    for (std::size_t at = first; at < looks.size(); ++at)
      looks[at].signal = opened.keys[looks[at].signal];
  }
  std::erase_if(looks, [&](const GpuLook& look) {
    return look.signal == kNotTaken || !state_->rows[look.signal].signal.counted;
  });
}

}  // namespace joulepath::sensors
