#include "core/trace/dataset.hpp"

#include <hdf5.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "core/trace/attributes.hpp"

namespace joulepath::trace {
namespace {

// Chunks are written as they lie in memory.
static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kWidestText = 1u << 16;

Handle text_type(std::size_t width) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), width);
  H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

/// As written to files: little-endian everywhere.
Handle file_type(const ColumnInfo& column) {
  switch (column.type) {
    case ElementType::kU8: return Handle(H5Tcopy(H5T_STD_U8LE), H5Tclose);
    case ElementType::kU16: return Handle(H5Tcopy(H5T_STD_U16LE), H5Tclose);
    case ElementType::kU32: return Handle(H5Tcopy(H5T_STD_U32LE), H5Tclose);
    case ElementType::kU64: return Handle(H5Tcopy(H5T_STD_U64LE), H5Tclose);
    case ElementType::kI32: return Handle(H5Tcopy(H5T_STD_I32LE), H5Tclose);
    case ElementType::kI64: return Handle(H5Tcopy(H5T_STD_I64LE), H5Tclose);
    case ElementType::kF64: return Handle(H5Tcopy(H5T_IEEE_F64LE), H5Tclose);
    case ElementType::kText: break;
  }
  return text_type(column.width);
}

Handle native_type(const ColumnInfo& column, std::size_t width) {
  if (column.type == ElementType::kText) return text_type(width);
  const Handle stored = file_type(column);
  return Handle(H5Tget_native_type(stored.id(), H5T_DIR_ASCEND), H5Tclose);
}

bool is_shuffled(ElementType type) {
  return type != ElementType::kText;
}

/// Each byte of an element that was never written. For integers that is all ones: a tick or key
/// that no row can have.
std::byte unwritten_byte(ElementType type) {
  const bool integer = type != ElementType::kText && type != ElementType::kF64;
  return integer ? std::byte{0xff} : std::byte{0};
}

bool is_packed(const TableInfo& table, Packing packing) {
  return packing == Packing::kPacked || table.live == LiveStorage::kPacked;
}

/// Chunks, filters and the value of elements that were never written.
Handle creation_properties(const TableInfo& table, const ColumnInfo& column, Packing packing,
                           const Handle& type) {
  Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  const hsize_t chunk = packing == Packing::kLive ? table.live_chunk_rows : table.packed_chunk_rows;
  H5Pset_chunk(properties.id(), 1, &chunk);
  if (column.type != ElementType::kText && column.type != ElementType::kF64) {
    std::array<std::byte, sizeof(std::uint64_t)> unwritten;
    unwritten.fill(unwritten_byte(column.type));
    H5Pset_fill_value(properties.id(), type.id(), unwritten.data());
  }
  if (is_packed(table, packing)) {
    if (is_shuffled(column.type)) H5Pset_shuffle(properties.id());
    H5Pset_deflate(properties.id(), ChunkPacker::kLevel);
  }
  return properties;
}

/// Without a cache of chunks, as they are written past it: the default keeps 1 MiB a column.
Handle access_properties() {
  Handle properties(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  H5Pset_chunk_cache(properties.id(), 1, 0, H5D_CHUNK_CACHE_W0_DEFAULT);
  return properties;
}

bool holds(const Handle& type, const ColumnInfo& column) {
  const H5T_class_t type_class = H5Tget_class(type.id());
  const std::size_t size = H5Tget_size(type.id());
  switch (column.type) {
    case ElementType::kText:
      return type_class == H5T_STRING && H5Tis_variable_str(type.id()) == 0 && size > 0 &&
             size <= kWidestText;
    case ElementType::kF64: return type_class == H5T_FLOAT && size == column.width;
    case ElementType::kI32:
    case ElementType::kI64:
      return type_class == H5T_INTEGER && size == column.width &&
             H5Tget_sign(type.id()) == H5T_SGN_2;
    default:
      return type_class == H5T_INTEGER && size == column.width &&
             H5Tget_sign(type.id()) == H5T_SGN_NONE;
  }
}

std::uint64_t size_on_disk(std::int64_t dataset) {
  const Handle file(H5Iget_file_id(dataset), H5Fclose);
  void* descriptor = nullptr;
  struct stat status {};
  if (H5Fget_vfd_handle(file.id(), H5P_DEFAULT, &descriptor) < 0 || descriptor == nullptr ||
      ::fstat(*static_cast<int*>(descriptor), &status) != 0)
    return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

base::Error truncated_error(const Handle& dataset) {
  base::Error error = content_error("the file was truncated: rows are missing", dataset);
  error.remedy = "copy the trace again from where it was written";
  return error;
}

}  // namespace

bool describe(std::int64_t dataset, const ColumnInfo& column) {
  return write_text_attribute(dataset, "units", column.units) &&
         write_text_attribute(dataset, "long_name", column.long_name);
}

base::Result<Dataset> Dataset::create(const Handle& group, const TableInfo& table,
                                      const ColumnInfo& column, Packing packing) {
  const hsize_t none = 0;
  const hsize_t unlimited = H5S_UNLIMITED;
  const Handle space(H5Screate_simple(1, &none, &unlimited), H5Sclose);
  const Handle type = file_type(column);
  Dataset made;
  made.width_ = column.width;
  made.chunk_rows_ = packing == Packing::kLive ? table.live_chunk_rows : table.packed_chunk_rows;
  made.type_ = column.type;
  made.packed_ = is_packed(table, packing);
  const Handle creation = creation_properties(table, column, packing, type);
  const Handle access = access_properties();
  made.dataset_ = Handle(H5Dcreate2(group.id(), column.name, type.id(), space.id(), H5P_DEFAULT,
                                    creation.id(), access.id()),
                         H5Dclose);
  if (!made.dataset_.valid() || !describe(made.dataset_.id(), column))
    return object_error(base::Errc::kIo, std::string("cannot create column ") + column.name, group);
  return made;
}

base::Result<Dataset> Dataset::open(const Handle& group, const ColumnInfo& column) {
  if (H5Lexists(group.id(), column.name, H5P_DEFAULT) <= 0)
    return content_error(std::string("has no column ") + column.name, group);
  Dataset opened;
  opened.dataset_ = Handle(H5Dopen2(group.id(), column.name, H5P_DEFAULT), H5Dclose);
  if (!opened.dataset_.valid())
    return object_error(base::Errc::kFormat, std::string("cannot open column ") + column.name,
                        group);
  const Handle type(H5Dget_type(opened.dataset_.id()), H5Tclose);
  const Handle space(H5Dget_space(opened.dataset_.id()), H5Sclose);
  const Handle creation(H5Dget_create_plist(opened.dataset_.id()), H5Pclose);
  if (!type.valid() || !space.valid() || !creation.valid())
    return object_error(base::Errc::kFormat, "cannot be read", opened.dataset_);
  if (!holds(type, column))
    return content_error("is not of type " + type_name(column), opened.dataset_);
  if (H5Sget_simple_extent_ndims(space.id()) != 1 || H5Pget_layout(creation.id()) != H5D_CHUNKED)
    return content_error("is not a chunked column", opened.dataset_);
  hsize_t claimed = 0;
  hsize_t chunk = 0;
  H5Sget_simple_extent_dims(space.id(), &claimed, nullptr);
  H5Pget_chunk(creation.id(), 1, &chunk);
  if (chunk == 0) return content_error("has chunks without rows", opened.dataset_);
  opened.width_ = H5Tget_size(type.id());
  opened.chunk_rows_ = chunk;
  opened.memory_type_ = native_type(column, opened.width_);
  opened.measure(claimed);
  const Handle file(H5Iget_file_id(opened.dataset_.id()), H5Fclose);
  hsize_t noted_bytes = 0;  // as the file itself has it
  opened.sizes_tell_ = H5Pget_nfilters(creation.id()) > 0 && !opened.truncated_ &&
                       H5Fget_filesize(file.id(), &noted_bytes) >= 0 &&
                       noted_bytes <= size_on_disk(opened.dataset_.id());
  return opened;
}

/// Finds how many of the claimed rows are in whole chunks of the file. A damaged
/// length can claim anything, so chunks are halved, not walked.
void Dataset::measure(std::uint64_t claimed_rows) {
  rows_ = claimed_rows;
  if (claimed_rows == 0) return;
  std::uint64_t chunks = (claimed_rows - 1) / chunk_rows_ + 1;
  if (chunk_in_file(chunks - 1)) return;
  truncated_ = true;
  std::uint64_t present = 0;
  while (present < chunks) {
    const std::uint64_t middle = present + (chunks - present) / 2;
    if (chunk_in_file(middle)) {
      present = middle + 1;
    } else {
      chunks = middle;
    }
  }
  rows_ = present * chunk_rows_;
}

bool Dataset::chunk_in_file(std::uint64_t chunk) const {
  const hsize_t first_row = chunk * chunk_rows_;
  unsigned filters_skipped = 0;
  haddr_t address = HADDR_UNDEF;
  hsize_t bytes = 0;
  if (H5Dget_chunk_info_by_coord(dataset_.id(), &first_row, &filters_skipped, &address, &bytes) < 0)
    return false;
  if (address == HADDR_UNDEF || bytes == 0) return false;
  const std::uint64_t file_bytes = size_on_disk(dataset_.id());
  return address <= file_bytes && bytes <= file_bytes - address;
}

/// HDF5 1.10 walks through the whole index to find a chunk's address: for all chunks of a long
/// recording that takes longer than to read them. It knows the size of a packed chunk at once, and
/// in a file that was not cut, down to the last chunk of the column, that is enough.
bool Dataset::chunk_to_read(std::uint64_t chunk) const {
  if (!sizes_tell_) return chunk_in_file(chunk);
  const hsize_t first_row = chunk * chunk_rows_;
  hsize_t bytes = 0;
  return H5Dget_chunk_storage_size(dataset_.id(), &first_row, &bytes) >= 0 && bytes > 0;
}

base::Error Dataset::write_error(const char* what) {
  write_failed_ = true;
  return object_error(base::Errc::kIo, what, dataset_);
}

/// After a failed write HDF5 remembers an address for the chunk that never got into the
/// index, and would write there for ever: rows would be lost without an error. A
/// dataset opened anew has no such memory.
base::Status Dataset::reopen() {
  const Handle file(H5Iget_file_id(dataset_.id()), H5Fclose);
  std::array<char, 256> name{};
  const ssize_t length = H5Iget_name(dataset_.id(), name.data(), name.size());
  const Handle access(H5Dget_access_plist(dataset_.id()), H5Pclose);
  if (length <= 0 || length >= static_cast<ssize_t>(name.size())) return write_error("has no name");
  dataset_.close();  // what it could not write is written again below
  dataset_ = Handle(H5Dopen2(file.id(), name.data(), access.id()), H5Dclose);
  if (!dataset_.valid())
    return hdf5_error(base::Errc::kIo, "cannot go on after a failed write", name.data());
  write_failed_ = false;
  return base::Done{};
}

base::Status Dataset::grow(std::uint64_t rows) {
  if (write_failed_)
    if (auto status = reopen(); !status) return status;
  if (rows <= rows_) return base::Done{};
  const hsize_t end = rows;
  if (H5Dset_extent(dataset_.id(), &end) < 0) return write_error("cannot grow");
  rows_ = rows;
  return base::Done{};
}

base::Status Dataset::write_chunk(std::uint64_t chunk, std::span<const std::byte> rows,
                                  ChunkPacker& packer) {
  const hsize_t start = chunk * chunk_rows_;
  if (rows.size() < chunk_rows_ * width_) {
    padded_.assign(rows.begin(), rows.end());
    padded_.resize(chunk_rows_ * width_, unwritten_byte(type_));
    rows = padded_;
  }
  if (packed_) rows = packer.pack(rows, is_shuffled(type_) ? width_ : 1);
  if (H5Dwrite_chunk(dataset_.id(), H5P_DEFAULT, 0, &start, rows.size(), rows.data()) < 0)
    return write_error("cannot write rows");
  return base::Done{};
}

base::Status Dataset::read(std::uint64_t at, std::size_t count, std::byte* rows) const {
  if (count == 0) return base::Done{};
  for (std::uint64_t chunk = at / chunk_rows_; chunk <= (at + count - 1) / chunk_rows_; ++chunk)
    if (!chunk_to_read(chunk)) return truncated_error(dataset_);
  const hsize_t start = at;
  const hsize_t length = count;
  const Handle memory(H5Screate_simple(1, &length, nullptr), H5Sclose);
  const Handle file(H5Dget_space(dataset_.id()), H5Sclose);
  if (H5Sselect_hyperslab(file.id(), H5S_SELECT_SET, &start, nullptr, &length, nullptr) < 0 ||
      H5Dread(dataset_.id(), memory_type_.id(), memory.id(), file.id(), H5P_DEFAULT, rows) < 0)
    return object_error(base::Errc::kFormat, "cannot read rows", dataset_);
  return base::Done{};
}

}  // namespace joulepath::trace
