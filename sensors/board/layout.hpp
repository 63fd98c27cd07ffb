// The board: readings that joulepathd publishes to one user of the node, in memory that the
// user's processes map and cannot write. One writer, any number of readers, no lock.
//
//   +-------------+---------------------+-------------------+
//   | BoardHeader | BoardSignal[count]  | BoardValue[count] |
//   +-------------+---------------------+-------------------+
//
// Signals are written before the board is handed out and never change. A value is read again
// while its sequence is odd or has changed (a seqlock). Times are CLOCK_MONOTONIC, which all
// processes of a node share.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace joulepath::sensors::board {

inline constexpr std::uint64_t kMagic = 0x31426874706c756aULL;  // "julpthB1"
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::uint32_t kMostSignals = 1024;

enum class BoardState : std::uint32_t {
  kLive = 1,
  kClosed = 2,  ///< the user's last job was dismissed, or joulepathd ended
};

struct BoardHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t count;                     ///< of signals
  std::int64_t period_ns;                  ///< between two passes
  std::atomic<std::int64_t> heartbeat_ns;  ///< begin of the last pass
  std::atomic<std::uint32_t> state;        ///< BoardState
  std::uint32_t unused;
};

/// record::Signal with texts of fixed length, zero-terminated.
struct BoardSignal {
  char id[128];
  char device[128];
  char pci[32];
  char uuid[64];
  char unit[32];
  char source[32];
  char contained_in[128];
  double si_per_unit;
  double sampled_share;
  double relative_error;
  std::uint64_t modulus;
  std::int64_t update_period_ns;
  std::int64_t averaging_ns;
  std::int64_t longest_gap_ns;
  std::int32_t socket;
  std::uint8_t domain;
  std::uint8_t kind;
  std::uint8_t provenance;
  std::uint8_t unused;
};

struct BoardValue {
  std::atomic<std::uint32_t> sequence;  ///< odd while it is being written; 0: none yet
  std::atomic<std::int32_t> sys_errno;  ///< of the last reading; 0: the rest is good
  std::atomic<std::int64_t> t_lo_ns;
  std::atomic<std::int64_t> t_hi_ns;
  std::atomic<std::uint64_t> raw;
};

static_assert(sizeof(BoardHeader) == 40 && sizeof(BoardSignal) == 608 && sizeof(BoardValue) == 32);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

constexpr std::size_t board_bytes(std::uint32_t count) {
  return sizeof(BoardHeader) + count * (sizeof(BoardSignal) + sizeof(BoardValue));
}
inline BoardSignal* signals_of(BoardHeader* board) {
  return reinterpret_cast<BoardSignal*>(board + 1);
}
inline const BoardSignal* signals_of(const BoardHeader* board) {
  return reinterpret_cast<const BoardSignal*>(board + 1);
}
inline BoardValue* values_of(BoardHeader* board) {
  return reinterpret_cast<BoardValue*>(signals_of(board) + board->count);
}
inline const BoardValue* values_of(const BoardHeader* board) {
  return reinterpret_cast<const BoardValue*>(signals_of(board) + board->count);
}

}  // namespace joulepath::sensors::board
