#include "tools/daemon/server.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>

#include "core/base/clock.hpp"
#include "core/base/message.hpp"
#include "sensors/board/request.hpp"
#include "sensors/board/writer.hpp"

namespace joulepath::daemon {
namespace {

using sensors::board::BoardWriter;
using sensors::board::Reply;
using sensors::board::Request;
using sensors::board::Verb;

/// A client has this long to say what it wants.
constexpr std::int64_t kPatience_ns = 1'000'000'000;
constexpr std::size_t kMostClients = 64;
constexpr std::size_t kMostOfOneUser = 8;
constexpr int kAcceptAtOnce = 16;

struct Client {
  base::Descriptor socket;
  uid_t user = 0;
  std::int64_t until_ns = 0;
};

/// Which of the sampler's sensors are published, and as what.
struct Published {
  std::vector<std::uint16_t> keys;      ///< of the sampler
  std::vector<record::Signal> signals;  ///< parallel
  std::vector<std::size_t> place;       ///< on the board, by key
};

/// What can be read, and what is not the same again as another.
Published choose(const sensors::Sampler& sampler) {
  Published published;
  const auto rows = sampler.sensors();
  published.place.assign(rows.size(), 0);
  for (const record::SensorRow& row : rows) {
    const record::Signal& signal = row.signal;
    if (!signal.readable || !signal.excluded_by.empty() ||
        signal.provenance == record::Provenance::kEstimated)
      continue;
    published.place[row.sensor] = published.keys.size();
    published.keys.push_back(row.sensor);
    published.signals.push_back(signal);
  }
  // A board tells only of containers that are on it.
  for (record::Signal& signal : published.signals)
    if (std::none_of(published.signals.begin(), published.signals.end(),
                     [&](const record::Signal& other) { return other.id == signal.contained_in; }))
      signal.contained_in.clear();
  return published;
}

class Server final : public sensors::SampleSink {
 public:
  Server(const Options& options, sensors::Sampler& sampler, base::Descriptor listening, Until until)
      : sampler_(sampler),
        published_(choose(sampler)),
        admissions_(options.allow),
        listening_(std::move(listening)),
        until_(until),
        period_ns_(static_cast<std::int64_t>(1e9 / options.rate_hz)) {}

  base::Status run() {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    ::sigprocmask(SIG_BLOCK, &ends, nullptr);
    const base::Descriptor signals(::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals.open()) return base::system_error("cannot watch signals", "", errno);
    std::int64_t next_ns = clock_.monotonic_ns();
    while (!over_) {
      std::vector<pollfd> watched{{signals.get(), POLLIN, 0}, {listening_.get(), POLLIN, 0}};
      if (clients_.size() >= kMostClients) watched[1].fd = -1;
      for (const Client& client : clients_) watched.push_back({client.socket.get(), POLLIN, 0});
      if (::poll(watched.data(), watched.size(), timeout_ms(next_ns)) < 0 && errno != EINTR)
        return base::system_error("cannot wait", "", errno);
      if (watched[0].revents != 0) break;
      const std::int64_t now = clock_.monotonic_ns();
      for (std::size_t at = 2; at < watched.size(); ++at)
        if (watched[at].revents != 0) answer(clients_[at - 2]);
      std::erase_if(clients_, [now](const Client& client) {
        return !client.socket.open() || client.until_ns <= now;
      });
      if (watched[1].revents != 0) accept_clients(now);
      if (!boards_.empty() && now >= next_ns) {
        read_sensors(now);
        next_ns = std::max(next_ns + period_ns_, now);
      }
      if (boards_.empty()) next_ns = now;
    }
    return base::Done{};
  }

 private:
  void reading(std::uint16_t key, const record::Reading& reading) noexcept override {
    for (auto& [user, board] : boards_) board.reading(published_.place[key], reading);
  }
  void failure(std::uint16_t key, int sys_errno) noexcept override {
    for (auto& [user, board] : boards_) board.failure(published_.place[key], sys_errno);
  }

  void read_sensors(std::int64_t now) noexcept {
    for (auto& [user, board] : boards_) board.begin_pass(now);
    sampler_.sample(published_.keys, *this);
  }

  /// Until the next pass or the end of a client's patience; -1: until something comes.
  [[nodiscard]] int timeout_ms(std::int64_t next_ns) const {
    std::int64_t until = INT64_MAX;
    if (!boards_.empty()) until = next_ns;
    for (const Client& client : clients_) until = std::min(until, client.until_ns);
    if (until == INT64_MAX) return -1;
    const std::int64_t left = until - clock_.monotonic_ns();
    return static_cast<int>(std::clamp<std::int64_t>((left + 999'999) / 1'000'000, 0, 1000));
  }

  void accept_clients(std::int64_t now) {
    for (int turn = 0; turn < kAcceptAtOnce && clients_.size() < kMostClients; ++turn) {
      base::Descriptor socket(
          ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!socket.open()) return;
      ucred peer{};
      socklen_t bytes = sizeof peer;
      if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) continue;
      const auto same = std::count_if(clients_.begin(), clients_.end(), [&](const Client& client) {
        return client.user == peer.uid;
      });
      if (static_cast<std::size_t>(same) >= kMostOfOneUser && peer.uid != 0) continue;
      clients_.push_back({std::move(socket), peer.uid, now + kPatience_ns});
    }
  }

  /// One request, one reply, the end.
  void answer(Client& client) {
    const base::Descriptor socket = std::move(client.socket);
    Request request{};
    // Longer ones are told by their length; descriptors that came along are not taken.
    const ssize_t got = ::recv(socket.get(), &request, sizeof request, MSG_DONTWAIT | MSG_TRUNC);
    Reply reply{sensors::board::kRequestMagic, EINVAL};
    int board = -1;
    if (got == sizeof request && request.magic == sensors::board::kRequestMagic &&
        request.version == sensors::board::kRequestVersion)
      reply.sys_errno = obey(request, client.user, board);
    // One that has gone, or takes no reply, gets none.
    base::send_message(socket.get(), &reply, sizeof reply, board);
  }

  int obey(const Request& request, uid_t user, int& board) {
    switch (static_cast<Verb>(request.verb)) {
      case Verb::kMap:
        if (request.uid != 0 || request.job != 0) return EINVAL;
        if (!admissions_.may_map(user)) return EPERM;
        return board_of(user, board);
      case Verb::kAdmit:
        if (user != 0) return EPERM;
        if (request.job == 0) return EINVAL;
        return admissions_.admit(request.uid, request.job) ? 0 : EAGAIN;
      case Verb::kDismiss:
        if (user != 0) return EPERM;
        if (request.job == 0) return EINVAL;
        admissions_.dismiss(request.uid, request.job);
        if (!admissions_.may_map(request.uid)) boards_.erase(request.uid);
        over_ = until_ == Until::kLastJob && admissions_.no_jobs();
        return 0;
    }
    return EINVAL;
  }

  int board_of(uid_t user, int& descriptor) {
    auto found = boards_.find(user);
    if (found == boards_.end()) {
      auto made = BoardWriter::create(published_.signals, period_ns_);
      if (!made) return made.error().sys_errno != 0 ? made.error().sys_errno : ENOMEM;
      found = boards_.emplace(user, *std::move(made)).first;
      read_sensors(clock_.monotonic_ns());  // who maps it finds readings there
    }
    descriptor = found->second.descriptor();
    return 0;
  }

  sensors::Sampler& sampler_;
  Published published_;
  Admissions admissions_;
  base::Descriptor listening_;
  Until until_;
  std::int64_t period_ns_;
  base::SystemClock clock_;
  std::vector<Client> clients_;
  std::map<uid_t, BoardWriter> boards_;
  bool over_ = false;
};

}  // namespace

base::Status serve(const Options& options, sensors::Sampler& sampler, base::Descriptor listening,
                   Until until) {
  return Server(options, sampler, std::move(listening), until).run();
}

}  // namespace joulepath::daemon
