#include "core/trace/trace_file.hpp"

#include <fcntl.h>
#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/base/file.hpp"
#include "core/trace/attributes.hpp"
#include "core/trace/node_writer.hpp"

namespace joulepath::trace {
namespace {

constexpr const char* kCreator = "joulepath " JOULEPATH_VERSION;
constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
constexpr const char* kGiveATrace = "give a file that joulepath wrote";

/// HDF5 1.10's format: the first that can be read while it is written, and later
/// libraries keep to it. No locks: some parallel file systems have none.
Handle access_properties() {
  constexpr std::size_t kLargestMetadataCache = 4u << 20;
  // With a pause after each. The default of 100 doubles the pause each time and would
  // wait for ever on a file that was cut off while it was written.
  constexpr unsigned kMetadataReadAttempts = 8;
  Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(properties.id(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_file_locking(properties.id(), /*use_file_locking=*/0, /*ignore_when_disabled=*/1);
  H5Pset_metadata_read_attempts(properties.id(), kMetadataReadAttempts);
  H5AC_cache_config_t cache;
  cache.version = H5AC__CURR_CACHE_CONFIG_VERSION;
  if (H5Pget_mdc_config(properties.id(), &cache) >= 0) {
    cache.max_size = kLargestMetadataCache;
    H5Pset_mdc_config(properties.id(), &cache);
  }
  return properties;
}

/// Metadata is kept from crossing pages of the system: a kill can end a write between
/// two pages, and half an object header is none.
Handle creation_properties() {
  constexpr hsize_t kPage = 4096;
  Handle properties(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_file_space_strategy(properties.id(), H5F_FSPACE_STRATEGY_PAGE, /*persist=*/0, 1);
  H5Pset_file_space_page_size(properties.id(), kPage);
  return properties;
}

/// What can be said without HDF5: is it there, may we, is it a file with content.
base::Status check_file(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return base::system_error("cannot open the trace", path.string(), errno);
  if (!S_ISREG(status.st_mode))
    return base::Error{base::Errc::kFormat,
                       S_ISDIR(status.st_mode) ? "is a directory, not a trace" : "is not a file",
                       path.string(), 0, kGiveATrace};
  const auto readable = base::open_readonly(path);
  if (!readable) return readable.error();
  if (status.st_size == 0)
    return base::Error{base::Errc::kFormat, "is empty: its recorder ended before it wrote anything",
                       path.string(), 0, kGiveATrace};
  std::array<char, kSignature.size()> head{};
  const ssize_t got = ::pread(readable->get(), head.data(), head.size(), 0);
  if (got < 0) return base::system_error("cannot read the trace", path.string(), errno);
  if (std::string_view(head.data(), static_cast<std::size_t>(got)) != kSignature)
    return base::Error{base::Errc::kFormat, "is not an HDF5 file", path.string(), 0, kGiveATrace};
  return base::Done{};
}

base::Status check_schema(const Handle& file, const std::filesystem::path& path) {
  const auto version = read_integer_attribute(file, "schema_version");
  if (!version || *version < 1)
    return base::Error{base::Errc::kFormat, "is an HDF5 file, but not a trace (no schema_version)",
                       path.string(), 0, kGiveATrace};
  if (*version > kSchemaVersion)
    return base::Error{base::Errc::kNewer,
                       "has schema version " + std::to_string(*version) +
                           "; this joulepath reads up to " + std::to_string(kSchemaVersion),
                       path.string(), 0, "use the joulepath that wrote it, or a newer one"};
  if (*version < kSchemaVersion)
    return base::Error{base::Errc::kFormat,
                       "has schema version " + std::to_string(*version) +
                           ", which this joulepath no longer reads (it reads " +
                           std::to_string(kSchemaVersion) + ")",
                       path.string(), 0, "use the joulepath that wrote it"};
  return base::Done{};
}

base::Result<Handle> create_file(const std::filesystem::path& path) {
  const Handle access = access_properties();
  const Handle creation = creation_properties();
  Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose);
  if (!file.valid()) return hdf5_error(base::Errc::kIo, "cannot create the trace", path.string());
  if (!write_integer_attribute(file.id(), "schema_version", std::int32_t{kSchemaVersion}) ||
      !write_text_attribute(file.id(), "creator", kCreator))
    return hdf5_error(base::Errc::kIo, "cannot write the trace", path.string());
  return file;
}

}  // namespace

base::Result<OpenedFile> open_trace(const std::filesystem::path& path) {
  silence_hdf5();
  if (auto status = check_file(path); !status) return status.error();
  const Handle access = access_properties();
  // The plain open goes first because it notices a truncated file. It is refused while
  // the file is marked as being written, also by a recorder that was killed.
  OpenedFile opened;
  opened.file = Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!opened.file.valid()) {
    base::Error refused = hdf5_error(base::Errc::kFormat, "cannot be opened", path.string());
    opened.live = true;
    opened.file =
        Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access.id()), H5Fclose);
    if (!opened.file.valid()) {
      refused.remedy = "its recorder may have been killed at its start, or the file is damaged";
      return refused;
    }
  }
  if (auto status = check_schema(opened.file, path); !status) return status.error();
  return opened;
}

base::Result<Handle> create_trace(const std::filesystem::path& path) {
  silence_hdf5();
  // Made here first: this tells exactly who comes second, and why a path cannot be.
  const base::Descriptor own(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!own.open()) {
    const int reason = errno;
    base::Error error = base::system_error("cannot create the trace", path.string(), reason);
    if (reason == EEXIST) {
      error.code = base::Errc::kConflict;
      error.remedy = "choose another output, or move the old one away";
    } else if (error.code == base::Errc::kNotFound) {
      error.code = base::Errc::kIo;
      error.remedy = "create the directory first";
    }
    return error;
  }
  auto file = create_file(path);
  if (!file) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  return file;
}

base::Result<NewTrace> create_trace_of_nodes(const std::filesystem::path& path) {
  auto file = create_trace(path);
  if (!file) return file.error();
  auto nodes = create_group(*file, "nodes");
  if (!nodes) return nodes.error();
  return NewTrace{*std::move(file), *std::move(nodes)};
}

base::Status start_live_writing(const Handle& file, const std::filesystem::path& path) {
  if (H5Fstart_swmr_write(file.id()) < 0)
    return hdf5_error(base::Errc::kIo, "cannot open the trace to readers", path.string());
  return base::Done{};
}

base::Status flush_file(const Handle& file, const std::filesystem::path& path) {
  if (H5Fflush(file.id(), H5F_SCOPE_LOCAL) < 0)
    return hdf5_error(base::Errc::kIo, "cannot write the trace", path.string());
  return base::Done{};
}

void detach_from_disk(const Handle& file) {
  void* descriptor = nullptr;
  const base::Descriptor nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (nowhere.open() && H5Fget_vfd_handle(file.id(), H5P_DEFAULT, &descriptor) >= 0)
    ::dup3(nowhere.get(), *static_cast<int*>(descriptor), O_CLOEXEC);
}

base::Result<Handle> create_group(const Handle& parent, const std::string& name) {
  Handle group(H5Gcreate2(parent.id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
               H5Gclose);
  if (!group.valid()) return object_error(base::Errc::kIo, "cannot create group " + name, parent);
  return group;
}

base::Result<Handle> open_group(const Handle& parent, const std::string& name) {
  if (H5Lexists(parent.id(), name.c_str(), H5P_DEFAULT) <= 0)
    return content_error("has no table " + name, parent);
  Handle group(H5Gopen2(parent.id(), name.c_str(), H5P_DEFAULT), H5Gclose);
  if (!group.valid()) return object_error(base::Errc::kFormat, "cannot open " + name, parent);
  return group;
}

base::Status copy_group(const Handle& from, const std::string& name, const Handle& to,
                        const std::string& new_name) {
  if (H5Ocopy(from.id(), name.c_str(), to.id(), new_name.c_str(), H5P_DEFAULT, H5P_DEFAULT) < 0)
    return object_error(base::Errc::kIo, "cannot be copied: " + name, from);
  return base::Done{};
}

base::Status remove_group(const Handle& parent, const std::string& name) {
  if (H5Ldelete(parent.id(), name.c_str(), H5P_DEFAULT) < 0)
    return object_error(base::Errc::kIo, "cannot remove " + name, parent);
  return base::Done{};
}

base::Status create_link(const Handle& parent, const std::string& name, const LinkTarget& target) {
  if (H5Lcreate_external(target.file.c_str(), target.object.c_str(), parent.id(), name.c_str(),
                         H5P_DEFAULT, H5P_DEFAULT) < 0)
    return object_error(base::Errc::kIo, "cannot link to " + target.file, parent);
  return base::Done{};
}

std::optional<LinkTarget> link_target(const Handle& parent, const std::string& name) {
  H5L_info_t info;
  if (H5Lget_info(parent.id(), name.c_str(), &info, H5P_DEFAULT) < 0 ||
      info.type != H5L_TYPE_EXTERNAL)
    return std::nullopt;
  std::vector<char> value(info.u.val_size);
  unsigned flags = 0;
  const char* file = nullptr;
  const char* object = nullptr;
  if (H5Lget_val(parent.id(), name.c_str(), value.data(), value.size(), H5P_DEFAULT) < 0 ||
      H5Lunpack_elink_val(value.data(), value.size(), &flags, &file, &object) < 0)
    return std::nullopt;
  return LinkTarget{file, object};
}

Handle open_path(const Handle& file, const std::string& path) {
  return Handle(H5Gopen2(file.id(), path.c_str(), H5P_DEFAULT), H5Gclose);
}

std::size_t group_size(const Handle& parent) {
  H5G_info_t info;
  if (H5Gget_info(parent.id(), &info) < 0) return 0;
  return static_cast<std::size_t>(info.nlinks);
}

}  // namespace joulepath::trace
