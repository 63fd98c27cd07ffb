// The newest value, from one writing thread to one reading thread, without a lock: the
// reader never waits and gets each value at most once; values that nobody took in time are
// replaced by newer ones.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace joulepath::sensors::ipmi {

template <class T>
class Mailbox {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(std::uint64_t) == 0);
  static constexpr std::size_t kWords = sizeof(T) / sizeof(std::uint64_t);

 public:
  void put(const T& value) noexcept {
    std::array<std::uint64_t, kWords> words;
    std::memcpy(words.data(), &value, sizeof value);
    const std::uint64_t sequence = sequence_.load(std::memory_order_relaxed);
    sequence_.store(sequence + 1, std::memory_order_relaxed);
    // Who sees a word of this value sees the odd sequence, too (the fence in take).
    std::atomic_thread_fence(std::memory_order_release);
    for (std::size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_relaxed);
    sequence_.store(sequence + 2, std::memory_order_release);  // pairs with the load in take
  }

  /// False: nothing new, or it is just being replaced (the next call has it).
  bool take(T& value) noexcept {
    const std::uint64_t sequence = sequence_.load(std::memory_order_acquire);
    if (sequence == taken_ || sequence % 2 != 0) return false;
    std::array<std::uint64_t, kWords> words;
    for (std::size_t i = 0; i < kWords; ++i) words[i] = words_[i].load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);  // pairs with the one in put
    if (sequence_.load(std::memory_order_relaxed) != sequence) return false;
    std::memcpy(static_cast<void*>(&value), words.data(), sizeof value);
    taken_ = sequence;
    return true;
  }

 private:
  std::atomic<std::uint64_t> sequence_{0};  ///< odd while a value is being written
  std::array<std::atomic<std::uint64_t>, kWords> words_{};
  std::uint64_t taken_ = 0;  ///< of the reader alone
};

}  // namespace joulepath::sensors::ipmi
