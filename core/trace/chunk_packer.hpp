// Packs one chunk of a column as HDF5's filters shuffle and deflate would, for files that any HDF5
// reads. By itself, because HDF5 sets up zlib anew for each chunk, which costs the recorder more
// than to pack (docs/adr/0003). Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace joulepath::trace {

/// How columns are stored: while the job runs, in small chunks, or once, for keeping, in large
/// ones. All are packed but those of tables that get a row now and then (LiveStorage).
enum class Packing : std::uint8_t { kLive, kPacked };

class ChunkPacker {
 public:
  static constexpr unsigned kLevel = 1;  ///< level 4: a third longer for 4 % less (docs/adr/0003)

  explicit ChunkPacker(Packing packing);
  ChunkPacker(ChunkPacker&&) noexcept;
  ChunkPacker& operator=(ChunkPacker&&) noexcept;
  ~ChunkPacker();

  /// The chunk with the n-th bytes of all elements side by side (shuffle) if elements have
  /// `width` > 1, and deflated. Valid until the next call.
  std::span<const std::byte> pack(std::span<const std::byte> chunk, std::size_t width);

 private:
  struct Deflater;
  std::unique_ptr<Deflater> deflater_;
  std::vector<std::byte> shuffled_;
  std::vector<std::byte> packed_;
};

}  // namespace joulepath::trace
