// A vendor's library that is opened while we run, if it is there. Nothing is linked or
// needed to build. It stays loaded to the end of the program, and so do its functions.
#pragma once

#include <span>
#include <string>

#include "core/base/result.hpp"
#include "sensors/api/source.hpp"

namespace joulepath::sensors {

class SharedLibrary {
 public:
  /// `name` as for dlopen(3). Error: kNotFound when no such file is found; kIo with the
  /// linker's words when it is there and cannot be loaded.
  static base::Result<SharedLibrary> open(const std::string& name);
  /// The first that is found of the names, of which there is one at least.
  static base::Result<SharedLibrary> open(std::span<const char* const> names);

  /// Fills in the function called `name`; false, and null, when the library lacks it.
  template <class Function>
  bool fill(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(address(name));
    return function != nullptr;
  }

 private:
  explicit SharedLibrary(void* handle) : handle_(handle) {}
  [[nodiscard]] void* address(const char* name) const;
  void* handle_;
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

/// `discover` of a backend with one library: opens it, and looks with its functions.
/// `not_installed`: what to say where it is not there.
template <class Functions>
Discovery discover_by_library(const Environment& environment, base::Result<Functions> (*open)(),
                              const char* not_installed,
                              Discovery (*look)(const Functions&, const base::Clock&)) {
  Discovery none;
  none.absent = why_no_library(environment);
  if (!none.absent.empty()) return none;
  const auto functions = open();
  if (functions) return look(*functions, *environment.clock);
  none.absent =
      functions.error().code == base::Errc::kNotFound ? not_installed : functions.error().message();
  return none;
}

/// "0000:81:00.0", as sysfs writes it.
[[nodiscard]] std::string pci_address(unsigned domain, unsigned bus, unsigned device,
                                      unsigned function);

}  // namespace joulepath::sensors
