#include "sensors/ipmi/freeipmi.hpp"

#include <dlfcn.h>

#include <string>

namespace joulepath::sensors::ipmi {
namespace {

/// The interface of FreeIPMI 1.5 and 1.6.
constexpr const char* kLibrary = "libfreeipmi.so.17";

base::Error missing(std::string what) {
  return {base::Errc::kNotFound, std::move(what), kLibrary, 0,
          "install FreeIPMI's library (Debian: apt-get install libfreeipmi17)"};
}

class Functions {
 public:
  explicit Functions(void* library) : library_(library) {}

  template <class Function>
  void find(const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(::dlsym(library_, name));
    if (function == nullptr && missing_.empty()) missing_ = name;
  }
  [[nodiscard]] const std::string& missing_name() const { return missing_; }

 private:
  void* library_;
  std::string missing_;
};

}  // namespace

base::Result<Freeipmi> load_freeipmi() {
  // Never closed: a call into it may outlast whoever waits for its answer (poller.hpp).
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = ::dlerror();
    return missing(why != nullptr ? why : "cannot be opened");
  }
  Freeipmi table{};
  Functions functions(library);
  functions.find("ipmi_ctx_create", table.create);
  functions.find("ipmi_ctx_destroy", table.destroy);
  functions.find("ipmi_ctx_close", table.close);
  functions.find("ipmi_ctx_errnum", table.errnum);
  functions.find("ipmi_ctx_strerror", table.strerror);
  functions.find("ipmi_ctx_open_inband", table.open_inband);
  functions.find("ipmi_ctx_open_outofband_2_0", table.open_lan_2_0);
  functions.find("ipmi_cmd_raw", table.command);
  if (!functions.missing_name().empty())
    return missing("has no function " + functions.missing_name());
  return table;
}

}  // namespace joulepath::sensors::ipmi
