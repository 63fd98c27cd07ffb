#include "core/trace/handle.hpp"

#include <hdf5.h>

#include <charconv>
#include <string_view>
#include <type_traits>
#include <utility>

namespace joulepath::trace {
namespace {

static_assert(std::is_same_v<hid_t, std::int64_t> && std::is_same_v<herr_t, int>);

/// Keeps the innermost entry of an error stack that says something.
herr_t keep_description(unsigned /*depth*/, const H5E_error2_t* entry, void* kept) {
  auto& reason = *static_cast<std::string*>(kept);
  if (reason.empty() && entry->desc != nullptr) reason = entry->desc;
  return 0;
}

int errno_named_in(std::string_view reason) {
  constexpr std::string_view kMark = "errno = ";
  const std::size_t at = reason.find(kMark);
  if (at == std::string_view::npos) return 0;
  int value = 0;
  const char* begin = reason.data() + at + kMark.size();
  std::from_chars(begin, reason.data() + reason.size(), value);
  return value;
}

std::string name_of(const Handle& object, ssize_t (*ask)(hid_t, char*, std::size_t)) {
  std::string name(1024, '\0');
  const ssize_t length = ask(object.id(), name.data(), name.size());
  name.resize(length > 0 ? std::min(static_cast<std::size_t>(length), name.size() - 1) : 0);
  return name;
}

std::string path_in_file(const Handle& object) {
  std::string name = name_of(object, H5Iget_name);
  return name.starts_with('/') ? name.substr(1) : name;
}

}  // namespace

Handle::Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    close();
    id_ = std::exchange(other.id_, -1);
    close_ = other.close_;
  }
  return *this;
}

Handle::~Handle() {
  close();
}

bool Handle::close() {
  if (!valid()) return true;
  return close_(std::exchange(id_, -1)) >= 0;
}

void silence_hdf5() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

base::Error hdf5_error(base::Errc code, const std::string& what, const std::string& where) {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_description, &reason);
  const int sys_errno = errno_named_in(reason);
  base::Error error{code, what, where, sys_errno, {}};
  if (sys_errno == 0 && !reason.empty()) error.what += " (HDF5: " + reason + ")";
  return error;
}

base::Error object_error(base::Errc code, const std::string& what, const Handle& object) {
  base::Error error = hdf5_error(code, what, {});  // first: asking for names clears the stack
  error.where = name_of(object, H5Fget_name);
  error.what = path_in_file(object) + ": " + error.what;
  return error;
}

base::Error content_error(const std::string& what, const Handle& object) {
  return base::Error{
      base::Errc::kFormat, path_in_file(object) + ": " + what, name_of(object, H5Fget_name), 0, {}};
}

}  // namespace joulepath::trace
