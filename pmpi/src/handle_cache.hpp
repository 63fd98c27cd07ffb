// Sizes of datatypes and communicators, asked from the MPI itself once and kept by
// handle. Each thread has its own cache, so no lock is needed; freeing a handle anywhere
// in the process makes all caches ask again.
#pragma once

#include <atomic>
#include <cstdint>

#include "pmpi/src/abi.hpp"

namespace joulepath::pmpi {

struct CommInfo {
  std::int32_t peers = 0;  ///< ranks data goes to or comes from: remote group if there is one
  std::int32_t own = 0;    ///< ranks of the own group
  std::int32_t rank = -1;
  std::int32_t out_neighbours = 0;  ///< 0 without a topology
  bool inter = false;
};

/// Grows whenever the application frees a datatype or a communicator, and when event mode names
/// a new communicator; never 0 in practice, which marks what is empty.
extern std::atomic<std::uint32_t> type_generation [[gnu::visibility("hidden")]];
extern std::atomic<std::uint32_t> comm_generation [[gnu::visibility("hidden")]];

/// The datatype of the last call, in the thread's own state: most calls use the one
/// before. Compared as the argument came: bits that the MPI leaves undefined in it can only
/// make us look further.
struct LastType {
  Arg argument = 0;
  std::uint32_t generation = 0;  ///< 0: none yet
  std::uint64_t bytes = 0;
};

class HandleCache {
 public:
  /// Bytes of data in one element; the handle must be valid (the call it was given to
  /// has succeeded). 0 when the MPI cannot say.
  std::uint64_t type_size(Arg handle, const Abi& constants = abi()) noexcept {
    handle = constants.handle(handle);
    TypeEntry& entry = types_[slot(handle)];
    const std::uint32_t generation = type_generation.load(std::memory_order_acquire);
    if (entry.handle != handle || entry.generation != generation) [[unlikely]]
      entry = {handle, generation, 0, ask_type_size(handle)};
    return entry.bytes;
  }

  const CommInfo& comm(Arg handle) noexcept {
    handle = abi().handle(handle);
    CommEntry& entry = comms_[slot(handle)];
    const std::uint32_t generation = comm_generation.load(std::memory_order_acquire);
    if (entry.handle != handle || entry.generation != generation) [[unlikely]]
      entry = {handle, generation, ask_comm(handle)};
    return entry.info;
  }

 private:
  static constexpr std::uint32_t kSlots = 64;
  struct TypeEntry {
    Arg handle;
    std::uint32_t generation;  ///< 0: empty
    std::uint32_t reserved;
    std::uint64_t bytes;
  };
  struct CommEntry {
    Arg handle;
    std::uint32_t generation;  ///< 0: empty
    CommInfo info;
  };

  static std::uint32_t slot(Arg handle) noexcept {
    const auto bits = static_cast<std::uint64_t>(handle) * 0x9e3779b97f4a7c15u;
    return static_cast<std::uint32_t>(bits >> 58) % kSlots;
  }
  static std::uint64_t ask_type_size(Arg handle) noexcept;
  static CommInfo ask_comm(Arg handle) noexcept;

  TypeEntry types_[kSlots];
  CommEntry comms_[kSlots];
};

}  // namespace joulepath::pmpi
