// A packed chunk, unpacked by zlib's own means; that HDF5 reads it, every other test shows.
#include "core/trace/chunk_packer.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <vector>

#include "core/trace/column_bytes.hpp"

namespace joulepath::trace {
namespace {

std::vector<std::byte> some_bytes(std::size_t count, unsigned kinds) {
  std::mt19937 random(static_cast<unsigned>(count));
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() % kinds);
  return bytes;
}

/// Undoes deflate, then shuffle, as the format of HDF5 has them.
std::vector<std::byte> unpacked(std::span<const std::byte> packed, std::size_t size,
                                std::size_t width) {
  std::vector<std::byte> shuffled(size);
  uLongf length = size;
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(shuffled.data()), &length,
                       reinterpret_cast<const Bytef*>(packed.data()), packed.size()),
            Z_OK);
  EXPECT_EQ(length, size);
  std::vector<std::byte> chunk(size);
  const std::size_t count = size / width;
  for (std::size_t n = 0; n < count; ++n)
    for (std::size_t byte = 0; byte < width; ++byte)
      chunk[n * width + byte] = shuffled[byte * count + n];
  return chunk;
}

TEST(ChunkPacker, GivesBackEveryByte) {
  for (const Packing packing : {Packing::kLive, Packing::kPacked}) {
    ChunkPacker packer(packing);
    for (const unsigned kinds : {1u, 3u, 256u})  // 256: nothing to be saved
      for (const std::size_t width : {1u, 2u, 4u, 8u})
        for (const std::size_t rows : {1u, 64u, 2048u, 65536u}) {
          const auto chunk = some_bytes(rows * width, kinds);
          const auto packed = packer.pack(chunk, width);
          EXPECT_EQ(unpacked(packed, chunk.size(), width), chunk)
              << kinds << " values, " << rows << " rows of " << width;
        }
  }
}

TEST(ChunkPacker, BytesThatSeldomChangeTakeLittle) {
  ChunkPacker packer(Packing::kLive);
  std::vector<std::uint64_t> times(2048);
  for (std::size_t n = 0; n < times.size(); ++n) times[n] = (std::uint64_t{1} << 40) + n;
  EXPECT_LT(packer.pack(std::as_bytes(std::span(times)), sizeof(std::uint64_t)).size(), 4096u);
}

TEST(ColumnBytes, KeepsWhatIsBehindWhatWasDropped) {
  ColumnBytes bytes;
  for (unsigned n = 0; n < 1000; ++n) *bytes.extend(1) = static_cast<std::byte>(n % 256);
  bytes.drop_front(700);
  for (unsigned n = 0; n < 100; ++n) *bytes.extend(1) = std::byte{7};
  ASSERT_EQ(bytes.size(), 400u);
  EXPECT_EQ(bytes.first(400)[0], static_cast<std::byte>(700u % 256));
  EXPECT_EQ(bytes.first(400)[299], static_cast<std::byte>(999u % 256));
  EXPECT_EQ(bytes.first(400)[300], std::byte{7});
  bytes.drop_front(400);
  EXPECT_EQ(bytes.size(), 0u);
}

}  // namespace
}  // namespace joulepath::trace
