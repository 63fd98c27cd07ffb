// Values as bytes and back, bit for bit, for processes of one program that work together: no
// format for files that are kept. A struct takes part by a function beside it that names all its
// members, for both directions:
//
//   template <class Archive> void fields(Archive& archive, Is<Row> auto& row) {
//     auto& [key, name] = row;  // fails to compile when a member is added
//     archive(key, name);
//   }
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace joulepath::base {

template <class T>
concept PlainValue = std::is_arithmetic_v<T> || std::is_enum_v<T>;

/// A struct to be written (const), or to be read.
template <class T, class Struct>
concept Is = std::same_as<std::remove_const_t<T>, Struct>;

class ByteWriter {
 public:
  template <class... Values>
  void operator()(const Values&... values) {
    (put(values), ...);
  }
  [[nodiscard]] const std::string& bytes() const& { return bytes_; }
  [[nodiscard]] std::string bytes() && { return std::move(bytes_); }

 private:
  void append(const void* data, std::size_t size) {
    bytes_.append(static_cast<const char*>(data), size);
  }
  template <class T>
  void put(const T& value) {
    if constexpr (PlainValue<T>) {
      append(&value, sizeof value);
    } else {
      fields(*this, value);
    }
  }
  void put(const std::string& text) {
    put(text.size());
    append(text.data(), text.size());
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(values.size());
    if constexpr (PlainValue<T>) {
      append(values.data(), values.size() * sizeof(T));
    } else {
      for (const T& value : values) put(value);
    }
  }
  template <class T>
  void put(const std::set<T>& values) {
    put(values.size());
    for (const T& value : values) put(value);
  }
  template <class T, std::size_t N>
  void put(const std::array<T, N>& values) {
    for (const T& value : values) put(value);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class... T>
  void put(const std::tuple<T...>& values) {
    std::apply(*this, values);
  }

  std::string bytes_;
};

/// Reads what a ByteWriter wrote, in the same order. Bytes that end early leave the rest of the
/// values as they are, and whole() false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  template <class... Values>
  void operator()(Values&... values) {
    (get(values), ...);
  }
  /// All values were there, and nothing is left.
  [[nodiscard]] bool whole() const { return !short_ && rest_.empty(); }

 private:
  bool take(void* data, std::size_t size) {
    short_ = short_ || size > rest_.size();
    if (short_) return false;
    if (size > 0) std::memcpy(data, rest_.data(), size);
    rest_.remove_prefix(size);
    return true;
  }
  /// Of values that take a byte or more each: damaged bytes must not ask for all memory.
  std::size_t count() {
    std::size_t number = 0;
    get(number);
    short_ = short_ || number > rest_.size();
    return short_ ? 0 : number;
  }
  template <class T>
  void get(T& value) {
    if constexpr (PlainValue<T>) {
      take(&value, sizeof value);
    } else {
      fields(*this, value);
    }
  }
  void get(std::string& text) {
    text.resize(count());
    take(text.data(), text.size());
  }
  template <class T>
  void get(std::vector<T>& values) {
    values.resize(count());
    if constexpr (PlainValue<T>) {
      take(values.data(), values.size() * sizeof(T));
    } else {
      for (T& value : values) get(value);
    }
  }
  template <class T>
  void get(std::set<T>& values) {
    for (std::size_t left = count(); left > 0; --left) {
      T value{};
      get(value);
      values.insert(values.end(), std::move(value));
    }
  }
  template <class T, std::size_t N>
  void get(std::array<T, N>& values) {
    for (T& value : values) get(value);
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool there = false;
    get(there);
    if (there) get(value.emplace());
  }
  template <class... T>
  void get(std::tuple<T...>& values) {
    std::apply(*this, values);
  }

  std::string_view rest_;
  bool short_ = false;
};

template <class T>
std::string to_bytes(const T& value) {
  ByteWriter writer;
  writer(value);
  return std::move(writer).bytes();
}

/// Nothing: they are not what to_bytes() made of such a value.
template <class T>
std::optional<T> from_bytes(std::string_view bytes) {
  ByteReader reader(bytes);
  T value{};
  reader(value);
  if (!reader.whole()) return std::nullopt;
  return value;
}

}  // namespace joulepath::base
