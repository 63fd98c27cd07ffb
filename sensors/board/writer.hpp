// The writing side of a board: memory of a fixed size that others can map and nobody but this
// object can write, sealed by the kernel. Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/base/file.hpp"
#include "core/base/result.hpp"
#include "core/record/signal.hpp"
#include "sensors/board/layout.hpp"

namespace joulepath::sensors::board {

class BoardWriter {
 public:
  /// kIo: no memory, or a kernel without F_SEAL_FUTURE_WRITE (before 5.1): then there is no
  /// board at all. kUsage: a signal whose texts are too long.
  static base::Result<BoardWriter> create(std::span<const record::Signal> signals,
                                          std::int64_t period_ns);
  BoardWriter(BoardWriter&& other) noexcept;
  BoardWriter& operator=(BoardWriter&&) = delete;
  /// Closes the board: who has it mapped sees that.
  ~BoardWriter();

  /// To be sent to those who may map it.
  [[nodiscard]] int descriptor() const { return memory_.get(); }
  void begin_pass(std::int64_t now_ns) noexcept;
  void reading(std::size_t signal, const record::Reading& reading) noexcept;
  void failure(std::size_t signal, int sys_errno) noexcept;

 private:
  BoardWriter(base::Descriptor memory, BoardHeader* board);
  base::Descriptor memory_;
  BoardHeader* board_;
};

}  // namespace joulepath::sensors::board
