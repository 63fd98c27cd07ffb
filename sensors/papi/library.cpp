#include "sensors/papi/library.hpp"

#include <string>
#include <utility>

#include "sensors/api/shared_library.hpp"

namespace joulepath::sensors::papi {
namespace {

/// The version whose header this was written from: EventInfo may differ in another.
constexpr const char* kLibrary = "libpapi.so.7.0";
constexpr int kVersion = 7 << 24;  // PAPI_VERSION_NUMBER(7, 0, 0, 0)

base::Error missing(std::string what) {
  return {base::Errc::kNotFound, std::move(what), kLibrary, 0,
          "install PAPI 7.0 (Debian: apt-get install libpapi7.0)"};
}

}  // namespace

base::Result<Papi> load_papi() {
  const auto library = SharedLibrary::open(kLibrary);
  if (!library) return missing(library.error().what);
  Papi table{};
  int (*initialise)(int version) = nullptr;
  NeededFunctions functions(*library);
  functions.find("PAPI_library_init", initialise);
  functions.find("PAPI_event_name_to_code", table.event_code);
  functions.find("PAPI_get_event_info", table.event_info);
  functions.find("PAPI_create_eventset", table.create);
  functions.find("PAPI_add_named_event", table.add);
  functions.find("PAPI_start", table.start);
  functions.find("PAPI_read", table.read);
  functions.find("PAPI_stop", table.stop);
  functions.find("PAPI_cleanup_eventset", table.cleanup);
  functions.find("PAPI_destroy_eventset", table.destroy);
  functions.find("PAPI_strerror", table.strerror);
  if (!functions.missing_name().empty())
    return missing("has no function " + functions.missing_name());
  if (const int version = initialise(kVersion); version != kVersion) {
    const char* text = version < 0 ? table.strerror(version) : nullptr;
    return missing(std::string("does not start: ") +
                   (text != nullptr ? text : "it is another version"));
  }
  return table;
}

}  // namespace joulepath::sensors::papi
