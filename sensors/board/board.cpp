#include "sensors/board/board.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "core/base/message.hpp"
#include "sensors/board/layout.hpp"
#include "sensors/board/request.hpp"

namespace joulepath::sensors::board {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kName = "board";
/// Before all that reads the same by itself: one reader for all jobs of a node is enough.
constexpr int kPriority = 100;
/// A daemon that was killed is silent; one on a busy node is late.
constexpr std::int64_t kSilence_ns = 2'000'000'000;
constexpr std::int64_t kFailEvery_ns = 1'000'000'000;
constexpr int kAttempts = 100;

struct Value {
  int sys_errno = 0;
  record::Reading reading;
};

/// Pairs with the release stores of write_value (writer.cpp). None: nothing was published, or
/// the writer stands still in the middle of it.
std::optional<Value> read_value(const BoardValue& value) noexcept {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint32_t before = value.sequence.load(std::memory_order_acquire);
    if (before == 0) return std::nullopt;
    if (before % 2 != 0) continue;
    const Value read{
        value.sys_errno.load(std::memory_order_relaxed),
        {value.t_lo_ns.load(std::memory_order_relaxed),
         value.t_hi_ns.load(std::memory_order_relaxed), value.raw.load(std::memory_order_relaxed)}};
    std::atomic_thread_fence(std::memory_order_acquire);
    if (value.sequence.load(std::memory_order_relaxed) == before) return read;
  }
  return std::nullopt;
}

class BoardSource final : public Source {
 public:
  BoardSource(const BoardHeader* board, std::size_t bytes, std::vector<record::Signal> signals,
              const base::Clock& clock)
      : board_(board),
        bytes_(bytes),
        clock_(clock),
        signals_(std::move(signals)),
        told_(signals_.size()) {}
  BoardSource(const BoardSource&) = delete;
  BoardSource& operator=(const BoardSource&) = delete;
  ~BoardSource() override { ::munmap(const_cast<BoardHeader*>(board_), bytes_); }

  [[nodiscard]] std::span<const record::Signal> signals() const override { return signals_; }
  void sample(Sink& sink) noexcept override {
    for (std::size_t at = 0; at < signals_.size(); ++at) hand_over(at, sink);
  }
  void sample_some(std::span<const std::size_t> signals, Sink& sink) noexcept override {
    for (const std::size_t at : signals) hand_over(at, sink);
  }

 private:
  struct Told {
    std::int64_t reading_ns = 0;
    std::int64_t failure_ns = 0;
  };

  void hand_over(std::size_t at, Sink& sink) noexcept {
    const auto value = read_value(values_of(board_)[at]);
    Told& told = told_[at];
    if (value && value->sys_errno == 0 && value->reading.t_hi_ns > told.reading_ns) {
      told = {value->reading.t_hi_ns, 0};
      sink.reading(at, value->reading);
      return;
    }
    const std::int64_t now = clock_.monotonic_ns();
    const int failed = failure_of(value, now);
    if (failed == 0) {
      sink.nothing_new(at);
    } else if (now - told.failure_ns >= kFailEvery_ns) {
      told.failure_ns = now;
      sink.failure(at, failed);
    }
  }

  [[nodiscard]] int failure_of(const std::optional<Value>& value, std::int64_t now) const noexcept {
    if (board_->state.load(std::memory_order_acquire) !=
        static_cast<std::uint32_t>(BoardState::kLive))
      return ESHUTDOWN;
    const std::int64_t heard = board_->heartbeat_ns.load(std::memory_order_acquire);
    if (now - heard > kSilence_ns + 2 * board_->period_ns) return ETIMEDOUT;
    return value ? value->sys_errno : EAGAIN;
  }

  const BoardHeader* board_;
  std::size_t bytes_;
  const base::Clock& clock_;
  std::vector<record::Signal> signals_;
  std::vector<Told> told_;
};

template <std::size_t N>
std::string text_of(const char (&field)[N]) {
  return {field, ::strnlen(field, N)};
}

record::Signal signal_of(const BoardSignal& row, const BoardHeader& board) {
  using record::Domain;
  using record::Kind;
  using record::Provenance;
  record::Signal signal;
  signal.id = std::string(kIdPrefix) + text_of(row.id);
  signal.device = text_of(row.device);
  signal.pci = text_of(row.pci);
  signal.uuid = text_of(row.uuid);
  signal.unit = text_of(row.unit);
  signal.source = text_of(row.source);
  if (row.contained_in[0] != '\0')
    signal.contained_in = std::string(kIdPrefix) + text_of(row.contained_in);
  signal.si_per_unit = row.si_per_unit;
  signal.sampled_share = row.sampled_share;
  signal.relative_error = row.relative_error;
  signal.modulus = row.modulus;
  // Here it changes when it is published.
  signal.update_period_ns = std::max(row.update_period_ns, board.period_ns);
  signal.averaging_ns = row.averaging_ns;
  signal.longest_gap_ns = row.longest_gap_ns;
  signal.socket = row.socket;
  signal.domain = row.domain <= static_cast<std::uint8_t>(Domain::kOther)
                      ? static_cast<Domain>(row.domain)
                      : Domain::kOther;
  signal.kind = row.kind <= static_cast<std::uint8_t>(Kind::kPowerAveraged)
                    ? static_cast<Kind>(row.kind)
                    : Kind::kPower;
  signal.provenance = row.provenance <= static_cast<std::uint8_t>(Provenance::kEstimated)
                          ? static_cast<Provenance>(row.provenance)
                          : Provenance::kEstimated;
  signal.readable = true;
  return signal;
}

base::Error no_daemon(const fs::path& socket, int sys_errno) {
  return base::system_error("joulepathd does not answer", socket.string(), sys_errno);
}

Discovery discover(const Environment& environment) {
  Discovery discovery;
  // Another tree was asked for: then it is not this node's sensors that are wanted.
  if (environment.run_root == "/run" && environment.sysfs_root != "/sys") return discovery;
  const fs::path socket = environment.run_root / kSocket;
  const auto memory = ask_for_board(socket);
  if (!memory) {
    if (memory.error().code != base::Errc::kNotFound) discovery.absent = memory.error().message();
    return discovery;
  }
  discovery.source = open_board(*memory, *environment.clock);
  if (discovery.source == nullptr)
    discovery.absent = socket.string() + ": a board of another version of joulepathd";
  return discovery;
}

}  // namespace

base::Result<base::Descriptor> ask_for_board(const fs::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.native().size() >= sizeof address.sun_path) return no_daemon(socket, ENAMETOOLONG);
  std::memcpy(address.sun_path, socket.c_str(), socket.native().size());
  const base::Descriptor asked(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const timeval second{1, 0};
  ::setsockopt(asked.get(), SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  ::setsockopt(asked.get(), SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
  if (::connect(asked.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    // A socket without its daemon is what a killed one leaves.
    return no_daemon(socket, errno == ECONNREFUSED ? ENOENT : errno);
  }
  const Request request{kRequestMagic, kRequestVersion, static_cast<std::uint16_t>(Verb::kMap), 0,
                        0};
  Reply reply{};
  if (::send(asked.get(), &request, sizeof request, MSG_NOSIGNAL) != sizeof request)
    return no_daemon(socket, errno);
  base::Message message = base::receive_message(asked.get(), &reply, sizeof reply, 0);
  if (message.bytes < 0) return no_daemon(socket, errno);
  if (message.bytes != sizeof reply || reply.magic != kRequestMagic)
    return no_daemon(socket, EBADMSG);
  if (reply.sys_errno != 0) {
    base::Error refused = no_daemon(socket, reply.sys_errno);
    if (refused.code == base::Errc::kPermission) {
      refused.what = "joulepathd admits no job of this user";
      refused.remedy = "the Prolog does that (docs/slurm.md)";
    }
    return refused;
  }
  if (!message.descriptor.open()) return no_daemon(socket, EBADMSG);
  return std::move(message.descriptor);
}

std::unique_ptr<Source> open_board(const base::Descriptor& memory, const base::Clock& clock) {
  struct stat info {};
  if (::fstat(memory.get(), &info) != 0) return nullptr;
  const auto bytes = static_cast<std::size_t>(info.st_size);
  if (bytes < sizeof(BoardHeader) || bytes > board_bytes(kMostSignals)) return nullptr;
  void* mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, memory.get(), 0);
  if (mapped == MAP_FAILED) return nullptr;
  const auto* board = static_cast<const BoardHeader*>(mapped);
  const bool ours = board->magic == kMagic && board->version == kVersion &&
                    board->count <= kMostSignals && board_bytes(board->count) == bytes &&
                    board->period_ns > 0;
  if (!ours) {
    ::munmap(mapped, bytes);
    return nullptr;
  }
  std::vector<record::Signal> signals;
  for (std::uint32_t at = 0; at < board->count; ++at)
    signals.push_back(signal_of(signals_of(board)[at], *board));
  return std::make_unique<BoardSource>(board, bytes, std::move(signals), clock);
}

constinit const Backend kBackend{kName,
                                 "readings published by joulepathd, for users who may not read",
                                 kPriority, false, &discover};

}  // namespace joulepath::sensors::board
