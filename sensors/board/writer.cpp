#include "sensors/board/writer.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace joulepath::sensors::board {
namespace {

// fcntl(2); glibc 2.36 has it in a header that clashes with <fcntl.h>.
constexpr int kSealFutureWrite = 0x0010;

template <std::size_t N>
bool put(char (&field)[N], const std::string& text) {
  if (text.size() >= N) return false;
  std::memcpy(field, text.c_str(), text.size() + 1);
  return true;
}

bool describe(const record::Signal& signal, BoardSignal& row) {
  row.si_per_unit = signal.si_per_unit;
  row.sampled_share = signal.sampled_share;
  row.relative_error = signal.relative_error;
  row.modulus = signal.modulus;
  row.update_period_ns = signal.update_period_ns;
  row.averaging_ns = signal.averaging_ns;
  row.longest_gap_ns = signal.longest_gap_ns;
  row.socket = signal.socket;
  row.domain = static_cast<std::uint8_t>(signal.domain);
  row.kind = static_cast<std::uint8_t>(signal.kind);
  row.provenance = static_cast<std::uint8_t>(signal.provenance);
  return put(row.id, signal.id) && put(row.device, signal.device) && put(row.pci, signal.pci) &&
         put(row.uuid, signal.uuid) && put(row.unit, signal.unit) &&
         put(row.source, signal.source) && put(row.contained_in, signal.contained_in);
}

/// Pairs with the acquire loads of read_value (board.cpp).
template <class Write>
void write_value(BoardValue& value, Write write) noexcept {
  const std::uint32_t sequence = value.sequence.load(std::memory_order_relaxed);
  value.sequence.store(sequence + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  write();
  value.sequence.store(sequence + 2, std::memory_order_release);
}

}  // namespace

base::Result<BoardWriter> BoardWriter::create(std::span<const record::Signal> signals,
                                              std::int64_t period_ns) {
  const auto count = static_cast<std::uint32_t>(signals.size());
  if (signals.size() > kMostSignals)
    return base::Error{base::Errc::kUsage, "too many sensors", "board", 0, {}};
  base::Descriptor memory(::memfd_create("joulepath-board", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const std::size_t bytes = board_bytes(count);
  if (!memory.open() || ::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0)
    return base::system_error("cannot get memory", "board", errno);
  void* mapped =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memory.get(), 0);
  if (mapped == MAP_FAILED) return base::system_error("cannot map memory", "board", errno);
  auto* board = new (mapped) BoardHeader{kMagic, kVersion, count, period_ns, {0}, {0}, 0};
  BoardWriter writer(std::move(memory), board);
  for (std::uint32_t at = 0; at < count; ++at)
    if (!describe(signals[at], signals_of(board)[at]))
      return base::Error{base::Errc::kUsage, "a name that is too long", signals[at].id, 0, {}};
  // From here on nobody can map it to write, we neither; our mapping stays.
  if (::fcntl(writer.descriptor(), F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | kSealFutureWrite | F_SEAL_SEAL) != 0)
    return base::system_error("cannot seal it (needs Linux 5.1)", "board", errno);
  board->state.store(static_cast<std::uint32_t>(BoardState::kLive), std::memory_order_release);
  return writer;
}

BoardWriter::BoardWriter(base::Descriptor memory, BoardHeader* board)
    : memory_(std::move(memory)), board_(board) {}

BoardWriter::BoardWriter(BoardWriter&& other) noexcept
    : memory_(std::move(other.memory_)), board_(std::exchange(other.board_, nullptr)) {}

BoardWriter::~BoardWriter() {
  if (board_ == nullptr) return;
  board_->state.store(static_cast<std::uint32_t>(BoardState::kClosed), std::memory_order_release);
  ::munmap(board_, board_bytes(board_->count));
}

void BoardWriter::begin_pass(std::int64_t now_ns) noexcept {
  board_->heartbeat_ns.store(now_ns, std::memory_order_release);
}

void BoardWriter::reading(std::size_t signal, const record::Reading& reading) noexcept {
  BoardValue& value = values_of(board_)[signal];
  write_value(value, [&] {
    value.sys_errno.store(0, std::memory_order_relaxed);
    value.t_lo_ns.store(reading.t_lo_ns, std::memory_order_relaxed);
    value.t_hi_ns.store(reading.t_hi_ns, std::memory_order_relaxed);
    value.raw.store(reading.raw, std::memory_order_relaxed);
  });
}

void BoardWriter::failure(std::size_t signal, int sys_errno) noexcept {
  BoardValue& value = values_of(board_)[signal];
  write_value(value, [&] { value.sys_errno.store(sys_errno, std::memory_order_relaxed); });
}

}  // namespace joulepath::sensors::board
