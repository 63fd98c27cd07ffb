#include "core/trace/chunk_packer.hpp"

#define ZLIB_CONST  // it reads its input only
#include <zlib.h>

#include <new>

namespace joulepath::trace {
namespace {

// Of zlib's memory, what small chunks can use: less to clear for each, the same size.
constexpr int kLiveWindowBits = 13;
constexpr int kLiveMemory = 6;
constexpr int kDefaultMemory = 8;

/// Of `width` bytes an element: known here, the compiler moves many at once.
template <std::size_t width>
void shuffle_elements(const std::byte* from, std::size_t count, std::byte* to) {
  for (std::size_t n = 0; n < count; ++n)
    for (std::size_t byte = 0; byte < width; ++byte) to[byte * count + n] = from[n * width + byte];
}

/// The n-th bytes of all elements side by side. Numbers are of 2, 4 or 8 bytes.
void shuffle(std::span<const std::byte> chunk, std::size_t width, std::byte* to) {
  const std::size_t count = chunk.size() / width;
  switch (width) {
    case 2: return shuffle_elements<2>(chunk.data(), count, to);
    case 4: return shuffle_elements<4>(chunk.data(), count, to);
    default: return shuffle_elements<8>(chunk.data(), count, to);
  }
}

}  // namespace

struct ChunkPacker::Deflater {
  explicit Deflater(Packing packing) {
    const bool live = packing == Packing::kLive;
    if (deflateInit2(&stream, kLevel, Z_DEFLATED, live ? kLiveWindowBits : MAX_WBITS,
                     live ? kLiveMemory : kDefaultMemory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream); }

  z_stream stream{};
};

ChunkPacker::ChunkPacker(Packing packing) : deflater_(std::make_unique<Deflater>(packing)) {}
ChunkPacker::ChunkPacker(ChunkPacker&&) noexcept = default;
ChunkPacker& ChunkPacker::operator=(ChunkPacker&&) noexcept = default;
ChunkPacker::~ChunkPacker() = default;

std::span<const std::byte> ChunkPacker::pack(std::span<const std::byte> chunk, std::size_t width) {
  if (width > 1) {
    shuffled_.resize(chunk.size());
    shuffle(chunk, width, shuffled_.data());
    chunk = shuffled_;
  }
  z_stream& stream = deflater_->stream;
  deflateReset(&stream);
  packed_.resize(deflateBound(&stream, chunk.size()));
  stream.next_in = reinterpret_cast<const Bytef*>(chunk.data());
  stream.avail_in = static_cast<uInt>(chunk.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed_.data());
  stream.avail_out = static_cast<uInt>(packed_.size());
  deflate(&stream, Z_FINISH);  // cannot fail: the output is large enough
  return {packed_.data(), packed_.size() - stream.avail_out};
}

}  // namespace joulepath::trace
