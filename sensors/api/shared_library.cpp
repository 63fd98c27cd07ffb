#include "sensors/api/shared_library.hpp"

#include <dlfcn.h>

#include <array>
#include <cstdio>

namespace joulepath::sensors {

base::Result<SharedLibrary> SharedLibrary::open(const std::string& name) {
  // Never closed: vendors' libraries start threads and keep handlers that do not survive it.
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle != nullptr) return SharedLibrary(handle);
  const char* said = ::dlerror();
  const std::string why = said != nullptr ? said : "cannot be loaded";
  // The linker gives no code. It begins with the library's own name when there is no such
  // file, with that of another when one it needs is missing.
  const bool none = why.starts_with(name + ": cannot open shared object file: No such file");
  return base::Error{none ? base::Errc::kNotFound : base::Errc::kIo, why, name, 0, {}};
}

base::Result<SharedLibrary> SharedLibrary::open(std::span<const char* const> names) {
  auto opened = open(names.front());
  for (const char* name : names.subspan(1)) {
    if (opened || opened.error().code != base::Errc::kNotFound) break;
    opened = open(name);
  }
  return opened;
}

void* SharedLibrary::address(const char* name) const {
  return ::dlsym(handle_, name);
}

std::string why_no_library(const Environment& environment) {
  if (environment.sysfs_root == "/sys") return {};
  return "not asked: it tells of this machine, not of the one below " +
         environment.sysfs_root.string();
}

std::string pci_address(unsigned domain, unsigned bus, unsigned device, unsigned function) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04x:%02x:%02x.%x", domain, bus, device, function);
  return text.data();
}

}  // namespace joulepath::sensors
