// A vendor's library that is opened while we run, if it is there. Nothing is linked or
// needed to build. Whoever copies it keeps the library open.
#pragma once

#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "sensors/api/source.hpp"

namespace joulepath::sensors {

class SharedLibrary {
 public:
  /// `name` as for dlopen(3). Error: kNotFound when no such file is found; kIo with the
  /// linker's words when it is there and cannot be loaded.
  static base::Result<SharedLibrary> open(const std::string& name);

  /// Fills in the function called `name`; false, and null, when the library lacks it.
  template <class Function>
  bool fill(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(address(name));
    return function != nullptr;
  }

 private:
  explicit SharedLibrary(std::shared_ptr<void> handle) : handle_(std::move(handle)) {}
  [[nodiscard]] void* address(const char* name) const;
  std::shared_ptr<void> handle_;
};

/// Fills in functions of a library that all have to be there, and remembers one that is not.
class NeededFunctions {
 public:
  explicit NeededFunctions(const SharedLibrary& library) : library_(library) {}

  template <class Function>
  void find(const char* name, Function*& function) {
    if (!library_.fill(function, name) && missing_.empty()) missing_ = name;
  }
  /// The first that the library lacks; empty: none.
  [[nodiscard]] const std::string& missing_name() const { return missing_; }

 private:
  const SharedLibrary& library_;
  std::string missing_;
};

/// A library tells of the machine that we run on. Under another root (a machine of the tests,
/// a captured one) it has nothing to say, and is not asked. Empty: it may be.
[[nodiscard]] std::string why_no_library(const Environment& environment);

/// "0000:81:00.0", as sysfs writes it.
[[nodiscard]] std::string pci_address(unsigned domain, unsigned bus, unsigned device,
                                      unsigned function);

}  // namespace joulepath::sensors
