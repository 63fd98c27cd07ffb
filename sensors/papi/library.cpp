#include "sensors/papi/library.hpp"

#include <string>
#include <utility>

#include "sensors/api/shared_library.hpp"

namespace joulepath::sensors::papi {
namespace {

/// The versions whose headers this was held against: EventInfo may differ in another.
struct Version {
  const char* library;
  int number;  ///< PAPI_VERSION_NUMBER(major, minor, 0, 0)
};
constexpr Version kVersions[] = {{"libpapi.so.7.1", 7 << 24 | 1 << 16},
                                 {"libpapi.so.7.0", 7 << 24}};

base::Error missing(std::string what) {
  return {base::Errc::kNotFound, std::move(what), "libpapi", 0,
          "install PAPI 7.0 or 7.1 (Debian 12: apt-get install libpapi7.0)"};
}

base::Result<Papi> load(const SharedLibrary& library, int version) {
  Papi table{};
  int (*initialise)(int version) = nullptr;
  NeededFunctions functions(library);
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
  if (const int started = initialise(version); started != version) {
    const char* text = started < 0 ? table.strerror(started) : nullptr;
    return missing(std::string("does not start: ") +
                   (text != nullptr ? text : "it is another version"));
  }
  return table;
}

}  // namespace

base::Result<Papi> load_papi() {
  std::string why;
  for (const Version& version : kVersions) {
    const auto library = SharedLibrary::open(version.library);
    if (library) return load(*library, version.number);
    why = library.error().what;
  }
  return missing(why);
}

}  // namespace joulepath::sensors::papi
