#include "core/trace/attributes.hpp"

#include <hdf5.h>

#include <algorithm>
#include <functional>
#include <tuple>
#include <type_traits>

#include "core/trace/dataset.hpp"
#include "core/trace/row_columns.hpp"

namespace joulepath::trace {
namespace {

constexpr std::size_t kLongestText = 1u << 15;      // HDF5 bounds an attribute by 64 KiB
constexpr std::size_t kLongestTopology = 1u << 28;  // a machine's XML is well below 10 MiB
constexpr ColumnInfo kTopologyInfo{kTopology, ElementType::kU8, 1, "text",
                                   "bytes of the node's topology as hwloc exports it"};

bool write_attribute(std::int64_t object, const char* name, const Handle& file_type,
                     std::int64_t memory_type, const void* value) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(
      H5Acreate2(object, name, file_type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  return attribute.valid() && H5Awrite(attribute.id(), memory_type, value) >= 0;
}

/// The attribute, or nothing when there is none or it is no single value.
Handle open_scalar(const Handle& object, const char* name) {
  if (H5Aexists(object.id(), name) <= 0) return {};
  Handle attribute(H5Aopen(object.id(), name, H5P_DEFAULT), H5Aclose);
  if (!attribute.valid()) return {};
  const Handle space(H5Aget_space(attribute.id()), H5Sclose);
  if (H5Sget_simple_extent_npoints(space.id()) != 1) return {};
  return attribute;
}

base::Status write_topology(const Handle& group, const std::string& xml) {
  const hsize_t bytes = xml.size();
  const Handle space(H5Screate_simple(1, &bytes, nullptr), H5Sclose);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  const Handle dataset(H5Dcreate2(group.id(), kTopology, H5T_STD_U8LE, space.id(), H5P_DEFAULT,
                                  creation.id(), H5P_DEFAULT),
                       H5Dclose);
  const bool written = dataset.valid() && describe(dataset.id(), kTopologyInfo) &&
                       (xml.empty() || H5Dwrite(dataset.id(), H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL,
                                                H5P_DEFAULT, xml.data()) >= 0);
  if (!written) return object_error(base::Errc::kIo, "cannot write the topology", group);
  return base::Done{};
}

base::Result<std::string> read_topology(const Handle& group) {
  if (H5Lexists(group.id(), kTopology, H5P_DEFAULT) <= 0)
    return content_error("has no topology_xml", group);
  const Handle dataset(H5Dopen2(group.id(), kTopology, H5P_DEFAULT), H5Dclose);
  if (!dataset.valid()) return object_error(base::Errc::kFormat, "cannot open topology_xml", group);
  const Handle space(H5Dget_space(dataset.id()), H5Sclose);
  const Handle type(H5Dget_type(dataset.id()), H5Tclose);
  const hssize_t bytes = H5Sget_simple_extent_npoints(space.id());
  if (bytes < 0 || static_cast<std::size_t>(bytes) > kLongestTopology ||
      H5Tget_class(type.id()) != H5T_INTEGER || H5Tget_size(type.id()) != 1)
    return content_error("is not a column of bytes", dataset);
  std::string xml(static_cast<std::size_t>(bytes), '\0');
  if (!xml.empty() &&
      H5Dread(dataset.id(), H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, xml.data()) < 0)
    return object_error(base::Errc::kFormat, "cannot be read", dataset);
  // XML has no zero bytes; the library fills in zeros where a file was cut off.
  if (xml.find('\0') != std::string::npos)
    return content_error("is damaged: the file was truncated", dataset);
  return xml;
}

}  // namespace

bool write_text_attribute(std::int64_t object, const char* name, const std::string& text) {
  const std::string value = fitted(text, kLongestText);
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), std::max<std::size_t>(value.size(), 1));
  H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return write_attribute(object, name, type, type.id(), value.c_str());
}

bool write_integer_attribute(std::int64_t object, const char* name, std::int32_t value) {
  const Handle type(H5Tcopy(H5T_STD_I32LE), H5Tclose);
  return write_attribute(object, name, type, H5T_NATIVE_INT32, &value);
}

bool write_integer_attribute(std::int64_t object, const char* name, std::int64_t value) {
  const Handle type(H5Tcopy(H5T_STD_I64LE), H5Tclose);
  return write_attribute(object, name, type, H5T_NATIVE_INT64, &value);
}

base::Result<std::string> read_text_attribute(const Handle& object, const char* name) {
  const Handle attribute = open_scalar(object, name);
  if (!attribute.valid()) return content_error(std::string("has no attribute ") + name, object);
  const Handle type(H5Aget_type(attribute.id()), H5Tclose);
  const std::size_t width = H5Tget_size(type.id());
  if (H5Tget_class(type.id()) != H5T_STRING || H5Tis_variable_str(type.id()) != 0 ||
      width > 2 * kLongestText)
    return content_error(std::string("attribute ") + name + " is not text", object);
  std::string text(width, '\0');
  if (H5Aread(attribute.id(), type.id(), text.data()) < 0)
    return object_error(base::Errc::kFormat, std::string("cannot read attribute ") + name, object);
  text.resize(std::min(text.size(), text.find('\0')));
  return text;
}

base::Result<std::int64_t> read_integer_attribute(const Handle& object, const char* name) {
  const Handle attribute = open_scalar(object, name);
  if (!attribute.valid()) return content_error(std::string("has no attribute ") + name, object);
  const Handle type(H5Aget_type(attribute.id()), H5Tclose);
  std::int64_t value = 0;
  if (H5Tget_class(type.id()) != H5T_INTEGER ||
      H5Aread(attribute.id(), H5T_NATIVE_INT64, &value) < 0)
    return content_error(std::string("attribute ") + name + " is not an integer", object);
  return value;
}

base::Status write_node_attributes(const Handle& group, const record::NodeInfo& info) {
  bool written = true;
  const auto write = [&](const auto& column) {
    const auto& value = std::invoke(column.get, info);
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::string>) {
      written = written && write_text_attribute(group.id(), column.name, value);
    } else {
      written = written && write_integer_attribute(group.id(), column.name, value);
    }
  };
  std::apply([&](const auto&... column) { (write(column), ...); }, NodeAttributes::kColumns);
  if (!written) return object_error(base::Errc::kIo, "cannot write attributes", group);
  return base::Done{};
}

base::Status write_node_info(const Handle& group, const record::NodeInfo& info) {
  if (auto status = write_node_attributes(group, info); !status) return status;
  return write_topology(group, info.topology_xml);
}

base::Result<record::NodeInfo> read_node_info(const Handle& group, const Handle& topology) {
  record::NodeInfo info;
  base::Status outcome = base::Done{};
  const auto read = [&](const auto& column) {
    if (!outcome) return;
    auto& member = std::invoke(column.get, info);
    using V = std::remove_reference_t<decltype(member)>;
    if constexpr (std::is_same_v<V, std::string>) {
      auto text = read_text_attribute(group, column.name);
      if (!text) {
        outcome = text.error();
      } else {
        member = *std::move(text);
      }
    } else {
      const auto value = read_integer_attribute(group, column.name);
      if (!value) {
        outcome = value.error();
      } else {
        member = static_cast<V>(*value);
      }
    }
  };
  std::apply([&](const auto&... column) { (read(column), ...); }, NodeAttributes::kColumns);
  if (!outcome) return outcome.error();
  auto xml = read_topology(topology);
  if (!xml) return xml.error();
  info.topology_xml = *std::move(xml);
  return info;
}

}  // namespace joulepath::trace
