// Owns one HDF5 identifier, and turns the library's error stack into an Error. Keeps
// hdf5.h out of headers: an identifier is a 64-bit integer since HDF5 1.10.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.hpp"

namespace joulepath::trace {

class Handle {
 public:
  using Close = int (*)(std::int64_t);

  Handle() = default;
  Handle(std::int64_t id, Close closer) : id_(id), close_(closer) {}
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle();

  [[nodiscard]] std::int64_t id() const { return id_; }
  [[nodiscard]] bool valid() const { return id_ >= 0; }
  /// False when the library could not close it (a full disk shows here).
  bool close();

 private:
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

/// The library prints nothing by itself from here on. Cheap; call before using it.
void silence_hdf5();

/// An error of the HDF5 call that just failed: its innermost reason is appended to
/// `what`, and the system's errno is recovered from it where it names one.
base::Error hdf5_error(base::Errc code, const std::string& what, const std::string& where);

/// The same for an object of a file, whose names are asked of the library:
/// "trace.h5: nodes/0/ticks/tick: what".
base::Error object_error(base::Errc code, const std::string& what, const Handle& object);

/// An error about an object that is not one of HDF5 (no error stack involved).
base::Error content_error(const std::string& what, const Handle& object);

}  // namespace joulepath::trace
