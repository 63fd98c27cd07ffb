#include "sensors/ipmi/freeipmi.hpp"

#include <string>

#include "sensors/api/shared_library.hpp"

namespace joulepath::sensors::ipmi {
namespace {

/// The interface of FreeIPMI 1.5 and 1.6.
constexpr const char* kLibrary = "libfreeipmi.so.17";

base::Error missing(std::string what) {
  return {base::Errc::kNotFound, std::move(what), kLibrary, 0,
          "install FreeIPMI's library (Debian: apt-get install libfreeipmi17)"};
}

}  // namespace

base::Result<Freeipmi> load_freeipmi() {
  // It stays loaded: a call into it may outlast whoever waits for its answer (poller.hpp).
  const auto library = SharedLibrary::open(kLibrary);
  if (!library) return missing(library.error().what);
  Freeipmi table{};
  NeededFunctions functions(*library);
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
