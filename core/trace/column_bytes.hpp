// The bytes of a column's rows that wait to be written. As a vector, but a few bytes are appended
// without a call, as each value of each row is, and none is cleared before. Single-threaded.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace joulepath::trace {

class ColumnBytes {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<const std::byte> first(std::size_t bytes) const {
    return {bytes_.get(), bytes};
  }

  /// Room for `bytes` more, to be written by the caller.
  std::byte* extend(std::size_t bytes) {
    if (bytes > room_ - size_) make_room(bytes);
    std::byte* const at = bytes_.get() + size_;
    size_ += bytes;
    return at;
  }

  /// Forgets the first `bytes`, and keeps the memory.
  void drop_front(std::size_t bytes) {
    size_ -= bytes;
    if (size_ > 0) std::memmove(bytes_.get(), bytes_.get() + bytes, size_);
  }

 private:
  void make_room(std::size_t bytes) {
    constexpr std::size_t kLeast = 64;
    room_ = std::max({kLeast, 2 * room_, size_ + bytes});
    std::unique_ptr<std::byte[]> larger(new std::byte[room_]);
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
  }

  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

}  // namespace joulepath::trace
