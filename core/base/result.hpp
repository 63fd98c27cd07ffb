// Result<T>: a value, or an Error that says what failed, where, why (errno) and
// what the user can do. Expected failures travel in it; exceptions are kept for
// the edges of the tools. Not for the shim, which must not allocate.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace joulepath::base {

/// Why an operation failed. Each maps to one exit code (see exit_code.hpp).
enum class Errc {
  kUsage,       ///< the user asked for something that cannot be: bad option, key, name
  kNotFound,    ///< a file, sensor or device is not there
  kPermission,  ///< it is there and we may not use it
  kIo,          ///< the system refused: full disk, short read, no shared memory
  kFormat,      ///< content is not what its format promises
  kNewer,       ///< written by a newer schema than this program reads
  kConflict,    ///< another job or process holds it
  kInternal,    ///< a defect of ours
};

/// What happened (`what`), to which file or name (`where`), with the system's
/// reason (`sys_errno`, 0 when there is none), and the user's way out (`remedy`).
struct Error {
  Errc code = Errc::kInternal;
  std::string what;
  std::string where;
  int sys_errno = 0;
  std::string remedy;

  /// One line: "where: what (Permission denied); remedy".
  [[nodiscard]] std::string message() const;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit by intent
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit by intent

  [[nodiscard]] bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }

  T& value() & {
    assert(ok());
    return std::get<T>(state_);
  }
  const T& value() const& {
    assert(ok());
    return std::get<T>(state_);
  }
  T&& value() && {
    assert(ok());
    return std::get<T>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() {
    assert(!ok());
    return std::get<Error>(state_);
  }
  const Error& error() const {
    assert(!ok());
    return std::get<Error>(state_);
  }
  T value_or(T other) const { return ok() ? value() : std::move(other); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};  ///< the value of an operation that has none
using Status = Result<Done>;

}  // namespace joulepath::base
