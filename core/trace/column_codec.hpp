// One value of a row struct as the bytes of a column, and back: integers and doubles
// as they are, bool as one byte, names of enumerations and strings as fixed-width
// text. Byte order is the machine's; the file layer converts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/record/rows.hpp"
#include "core/trace/column_bytes.hpp"
#include "core/trace/schema.hpp"

namespace joulepath::trace {

std::string_view to_string(record::ProcessState state);
std::optional<record::ProcessState> process_state_from(std::string_view name);
std::string_view to_string(record::LaneKind kind);
std::optional<record::LaneKind> lane_kind_from(std::string_view name);

/// Enumerations that are stored by name.
template <class V>
inline constexpr bool kStoredAsName =
    std::is_same_v<V, record::Domain> || std::is_same_v<V, record::Kind> ||
    std::is_same_v<V, record::Provenance> || std::is_same_v<V, record::ProcessState> ||
    std::is_same_v<V, record::LaneKind>;

template <class V>
inline constexpr bool kStoredAsText = kStoredAsName<V> || std::is_same_v<V, std::string>;

/// The longest beginning of `text` that fits `width` bytes whole characters at a
/// time. A text that is cut ends in "…", so that no list is taken for complete.
std::string fitted(std::string_view text, std::size_t width);

/// Appends `text` and padding, `width` bytes in all.
void append_text(ColumnBytes& column, std::string_view text, std::size_t width);

/// The text of an element without its padding.
std::string_view stored_text(const std::byte* element, std::size_t width);

template <class V>
struct StoredNumber {
  using type = V;
};
template <>
struct StoredNumber<bool> {
  using type = std::uint8_t;
};
template <>
struct StoredNumber<record::HealthKind> {
  using type = std::uint16_t;
};

template <class V>
constexpr ElementType element_type() {
  if constexpr (kStoredAsText<V>) {
    return ElementType::kText;
  } else {
    using S = typename StoredNumber<V>::type;
    if constexpr (std::is_same_v<S, std::uint8_t>) return ElementType::kU8;
    if constexpr (std::is_same_v<S, std::uint16_t>) return ElementType::kU16;
    if constexpr (std::is_same_v<S, std::uint32_t>) return ElementType::kU32;
    if constexpr (std::is_same_v<S, std::uint64_t>) return ElementType::kU64;
    if constexpr (std::is_same_v<S, std::int32_t>) return ElementType::kI32;
    if constexpr (std::is_same_v<S, std::int64_t>) return ElementType::kI64;
    if constexpr (std::is_same_v<S, double>) return ElementType::kF64;
  }
}

/// Bytes of one element; `text_width` counts for text only.
template <class V>
constexpr std::size_t element_width(std::size_t text_width) {
  if constexpr (kStoredAsText<V>) {
    return text_width;
  } else {
    return sizeof(typename StoredNumber<V>::type);
  }
}

template <class V>
void append_value(ColumnBytes& column, const V& value, std::size_t width) {
  if constexpr (std::is_same_v<V, std::string>) {
    append_text(column, value, width);
  } else if constexpr (kStoredAsName<V>) {
    append_text(column, to_string(value), width);
  } else {
    const auto stored = static_cast<typename StoredNumber<V>::type>(value);
    std::memcpy(column.extend(sizeof stored), &stored, sizeof stored);
  }
}

/// False when the element is no value of V (a name this program does not know).
template <class V>
bool read_value(const std::byte* element, std::size_t width, V& value) {
  if constexpr (std::is_same_v<V, std::string>) {
    value = stored_text(element, width);
    return true;
  } else if constexpr (kStoredAsName<V>) {
    const std::string_view name = stored_text(element, width);
    std::optional<V> known;
    if constexpr (std::is_same_v<V, record::Domain>) known = record::domain_from(name);
    if constexpr (std::is_same_v<V, record::Kind>) known = record::kind_from(name);
    if constexpr (std::is_same_v<V, record::Provenance>) known = record::provenance_from(name);
    if constexpr (std::is_same_v<V, record::ProcessState>) known = process_state_from(name);
    if constexpr (std::is_same_v<V, record::LaneKind>) known = lane_kind_from(name);
    if (known) value = *known;
    return known.has_value();
  } else {
    typename StoredNumber<V>::type stored;
    std::memcpy(&stored, element, sizeof stored);
    if constexpr (std::is_same_v<V, bool>) {
      value = stored == 1;
      return stored <= 1;
    } else {
      value = static_cast<V>(stored);
      return true;
    }
  }
}

}  // namespace joulepath::trace
