#include "sensors/ipmi/ipmi.hpp"

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "sensors/api/refusal.hpp"
#include "sensors/ipmi/place.hpp"

namespace joulepath::sensors::ipmi {
namespace {

using record::Signal;

constexpr std::string_view kName = "ipmi";

/// Longest statistics period whose average says something of a run. In the field there are
/// periods of days, since the last reset of the statistics.
constexpr std::uint32_t kLongestPeriodMs = 10'000;

/// Whether the average is one over the last seconds. Some BMCs say "1 s" and give the
/// extremes since their last reset: within seconds, power seldom doubles.
bool average_is_recent(const PowerReading& power) {
  return power.period_ms != 0 && power.period_ms <= kLongestPeriodMs && power.lowest_w != 0 &&
         power.highest_w <= 2 * power.lowest_w && power.lowest_w <= power.average_w &&
         power.average_w <= power.highest_w;
}

Signal describe_node(const std::string& device, const PollTiming& timing) {
  Signal signal;
  signal.id = std::string(kName) + ":dcmi-power";
  signal.domain = record::Domain::kNode;
  signal.device = device;
  signal.kind = record::Kind::kPowerAveraged;
  signal.unit = "W";
  signal.update_period_ns = timing.period.count();
  signal.source = kName;
  signal.provenance = record::Provenance::kDeviceAveraged;
  signal.readable = true;
  return signal;
}

class IpmiSource final : public Source {
 public:
  /// Without a poller: there is something, and `signal` says why it cannot be read.
  IpmiSource(Signal signal, std::unique_ptr<Poller> poller)
      : signal_(std::move(signal)),
        period_ms_(static_cast<std::uint32_t>(signal_.averaging_ns / 1'000'000)),
        poller_(std::move(poller)) {}

  [[nodiscard]] std::span<const Signal> signals() const override { return {&signal_, 1}; }

  void sample(Sink& sink) noexcept override {
    const auto timed = poller_ != nullptr ? poller_->newest() : std::nullopt;
    if (!timed) return;
    int failed = timed->sys_errno;
    if (failed == 0) failed = check(timed->power);
    if (failed != 0) {
      sink.failure(0, failed);
      return;
    }
    sink.reading(0, {timed->t_lo_ns, timed->t_hi_ns, watts(timed->power)});
  }

 private:
  [[nodiscard]] std::uint16_t watts(const PowerReading& power) const {
    return period_ms_ != 0 ? power.average_w : power.current_w;
  }

  /// 0, or why it is no value of this signal.
  [[nodiscard]] int check(const PowerReading& power) const {
    // Nothing that runs us draws 0 W: it is what BMCs say when they do not know.
    if (!power.active || watts(power) == 0) return ENODATA;
    // Averaged over another time than the signal says: the statistics were set up anew.
    const bool same = power.period_ms / 2 <= period_ms_ && period_ms_ / 2 <= power.period_ms;
    return period_ms_ == 0 || same ? 0 : EPROTO;
  }

  Signal signal_;
  std::uint32_t period_ms_;  ///< of the average that is handed over; 0: current power is
  std::unique_ptr<Poller> poller_;
};

std::string why_no_power(const Answer& answer) {
  if (answer.completion_code != 0)
    return "the BMC refuses Get Power Reading: " + describe(answer.completion_code);
  if (!answer.error.empty()) return answer.error + ", " + errno_words(answer.sys_errno);
  if (answer.sys_errno != 0) return errno_words(answer.sys_errno);
  if (!answer.power.active) return "power measurement is not active in the BMC (DCMI state bit 6)";
  if (answer.power.current_w == 0) return "the BMC says 0 W, which cannot be";
  return {};
}

Discovery unreadable(Signal signal, std::string reason, std::string remedy) {
  signal.readable = false;
  signal.provenance = record::Provenance::kAbsent;
  signal.reason = std::move(reason);
  signal.remedy = std::move(remedy);
  Discovery discovery;
  discovery.source = std::make_unique<IpmiSource>(std::move(signal), nullptr);
  return discovery;
}

/// The average where it can be one of this run, else the current power.
void choose_figure(const PowerReading& power, Signal& signal, std::vector<std::string>& notes) {
  if (average_is_recent(power)) {
    signal.averaging_ns = std::int64_t{power.period_ms} * 1'000'000;
    return;
  }
  notes.push_back(signal.id + ": current power is read; the average is over " +
                  std::to_string(power.period_ms) + " ms, from " + std::to_string(power.lowest_w) +
                  " to " + std::to_string(power.highest_w) + " W");
}

Discovery discover_here(const Environment& environment) {
  return discover(environment, load_freeipmi, PollTiming{});
}

}  // namespace

Discovery discover(const Environment& environment,
                   const std::function<base::Result<Freeipmi>()>& load, const PollTiming& timing) {
  FoundPlace found = find_place(environment, short_node_name());
  Discovery discovery;
  if (!found.absent.empty()) {
    discovery.absent = std::move(found.absent);
    return discovery;
  }
  Signal signal = describe_node(found.name, timing);
  if (!found.reason.empty())
    return unreadable(std::move(signal), std::move(found.reason), std::move(found.remedy));
  const auto library = load();
  if (!library)
    return unreadable(std::move(signal), library.error().where + ": " + library.error().what,
                      library.error().remedy);
  std::unique_ptr<Poller> poller;
  try {
    const auto bmc = std::make_shared<Bmc>(*library, std::move(found.place));
    poller = std::make_unique<Poller>([bmc] { return bmc->power(); }, *environment.clock, timing);
  } catch (const std::system_error& no_thread) {
    return unreadable(std::move(signal), std::string("no thread: ") + no_thread.what(), {});
  }
  const auto answer = poller->first_answer();
  if (!answer) {
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(timing.first_answer);
    return unreadable(std::move(signal),
                      found.name + ": no answer in " + std::to_string(waited.count()) + " ms", {});
  }
  if (answer->completion_code == kInvalidCommand) {
    discovery.absent = found.name + ": " + why_no_power(*answer) + "; it has no DCMI power reading";
    return discovery;
  }
  if (const std::string why = why_no_power(*answer); !why.empty())
    return unreadable(std::move(signal), found.name + ": " + why, {});
  choose_figure(answer->power, signal, discovery.notes);
  if (!found.note.empty()) discovery.notes.push_back(std::move(found.note));
  discovery.source = std::make_unique<IpmiSource>(std::move(signal), std::move(poller));
  return discovery;
}

constinit const Backend kBackend{kName,
                                 "power of the whole node from its BMC (IPMI DCMI), by FreeIPMI",
                                 40, false, discover_here};

}  // namespace joulepath::sensors::ipmi
