#include "tools/recorder/output_place.hpp"

#include <fmt/format.h>

#include "core/base/file.hpp"

namespace joulepath::tools {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;

std::filesystem::path OutputPlace::node_file(const std::string& hostname) const {
  return parts / ("node-" + hostname + ".h5");
}

fs::path trace_in(const fs::path& output, const std::string& name) {
  std::error_code ignored;
  return !output.has_filename() || fs::is_directory(output, ignored) ? output / name : output;
}

OutputPlace output_place(const fs::path& trace) {
  fs::path parts = trace;
  parts += ".parts";
  return {trace, parts};
}

base::Status claim(const OutputPlace& place) {
  std::error_code error;
  if (fs::exists(place.trace, error))
    return Error{Errc::kConflict, "exists already", place.trace.string(), 0,
                 "choose another --output, or move it away"};
  // create_directory alone decides between two jobs that start at once.
  if (fs::create_directory(place.parts, error)) return base::Done{};
  if (!error || error == std::errc::file_exists)
    return Error{Errc::kConflict, "another run writes here, or was interrupted",
                 place.parts.string(), 0,
                 fmt::format("choose another --output, or rescue it: joulepath gather {} --output "
                             "NEW.h5",
                             place.parts.string())};
  Error refused =
      base::system_error("cannot write the trace here", place.trace.string(), error.value());
  if (refused.code == Errc::kNotFound) {
    refused.code = Errc::kIo;
    refused.remedy = "make the folder first, or choose another --output";
  }
  return refused;
}

base::Result<OutputPlace> claim_free(const fs::path& trace) {
  constexpr int kMost = 1000;
  for (int number = 1; number <= kMost; ++number) {
    fs::path name = trace;
    if (number > 1)
      name.replace_filename(
          fmt::format("{}.{}{}", trace.stem().string(), number, trace.extension().string()));
    OutputPlace place = output_place(name);
    base::Status claimed = claim(place);
    if (claimed) return place;
    if (claimed.error().code != Errc::kConflict || number == kMost) return claimed.error();
  }
  return Error{};
}

base::Result<std::string> gather_parts(const OutputPlace& place,
                                       decltype(trace::gather_folder)* gather) {
  const auto gathered = gather(place.parts, place.trace, trace::Existing::kRefuse);
  if (!gathered) return gathered.error();
  if (!gathered->left_out.empty()) {
    std::string note = fmt::format("parts kept in {}:", place.parts.string());
    for (const std::string& reason : gathered->left_out) note += "\n  left out: " + reason;
    return note;
  }
  std::error_code ignored;
  fs::remove_all(place.parts, ignored);
  return std::string();
}

}  // namespace joulepath::tools
