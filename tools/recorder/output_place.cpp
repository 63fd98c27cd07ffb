#include "tools/recorder/output_place.hpp"

#include <fmt/format.h>

#include "core/analysis/mark_alignment.hpp"
#include "core/base/file.hpp"

namespace joulepath::tools {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;

fs::path trace_in(const fs::path& output, const std::string& name) {
  std::error_code ignored;
  return !output.has_filename() || fs::is_directory(output, ignored) ? output / name : output;
}

OutputPlace output_place(const fs::path& trace) {
  fs::path parts = trace;
  parts += ".parts";
  return {trace, parts};
}

base::Status claim(const OutputPlace& place, const RunMark& mark) {
  std::error_code error;
  if (fs::exists(place.trace, error))
    return Error{Errc::kConflict, "exists already", place.trace.string(), 0,
                 "choose another --output, or move it away"};
  base::Status made = make_parts(place.parts, mark);
  if (made) return made;
  if (made.error().code == Errc::kConflict)
    return Error{Errc::kConflict, "another run writes here, or was interrupted",
                 place.parts.string(), 0,
                 fmt::format("choose another --output, or rescue it: joulepath gather {} --output "
                             "NEW.h5",
                             place.parts.string())};
  Error refused = base::system_error("cannot write the trace here", place.trace.string(),
                                     made.error().sys_errno);
  if (refused.code == Errc::kNotFound) {
    refused.code = Errc::kIo;
    refused.remedy = "make the folder first, or choose another --output";
  }
  return refused;
}

base::Result<NodePlace> claim_or_join(const fs::path& trace, const RunMark& mark,
                                      const std::string& hostname) {
  constexpr int kMost = 1000;
  for (int number = 1; number <= kMost; ++number) {
    fs::path name = trace;
    if (number > 1)
      name.replace_filename(
          fmt::format("{}.{}{}", trace.stem().string(), number, trace.extension().string()));
    const OutputPlace place = output_place(name);
    const base::Status claimed = claim(place, mark);
    if (!claimed && (claimed.error().code != Errc::kConflict || number == kMost))
      return claimed.error();
    if (!claimed) {
      const auto other = mark_of(place.parts);
      if (!other || other->session != mark.session) continue;
      // `joulepath run` makes its folder before it starts anything, and names no session twice.
      if (other->gatherer == Gatherer::kLastRecorder && !in_use(place.parts)) continue;
    }
    auto file = add_writer(place.parts, hostname);
    if (file) return NodePlace{place, *std::move(file)};
    if (file.error().code != Errc::kConflict && file.error().code != Errc::kNotFound)
      return file.error();
  }
  return Error{};
}

base::Result<std::vector<std::string>> gather_parts(const OutputPlace& place,
                                                    decltype(trace::gather_folder)* gather,
                                                    trace::Form form) {
  const auto gathered =
      gather(place.parts, place.trace, trace::Existing::kRefuse, form, analysis::align_by_marks);
  if (!gathered) return gathered.error();
  // A node that seems dead may only be slow to show what it writes: never take its folder.
  const PartsState state = look_at(place.parts);
  std::vector<std::string> notes;
  for (const fs::path& file : state.writing)
    notes.push_back(
        fmt::format("its recorder has not ended in order: {}", file.filename().string()));
  for (const std::string& reason : gathered->left_out) notes.push_back("left out: " + reason);
  const bool elsewhere = !gathered->missing.empty() && !state.whole();
  if (elsewhere)
    notes.push_back(fmt::format(
        "not recorded here: ranks {}; nodes that do not share this folder have a {} of their own: "
        "copy node-*.h5 of all into one folder, then: joulepath gather FOLDER --output NEW.h5",
        gathered->missing, place.parts.filename().string()));
  if (notes.empty()) {
    if (gathered->linked == 0) {
      remove_parts(place.parts);
    } else {
      notes.push_back(fmt::format(
          "the trace needs its nodes' files in {}; joulepath gather {} makes one file of all",
          place.parts.string(), place.trace.string()));
    }
    notes.insert(notes.end(), gathered->clocks_unknown.begin(), gathered->clocks_unknown.end());
    if (!gathered->missing.empty())
      notes.push_back(fmt::format("ranks {} were not recorded", gathered->missing));
    return notes;
  }
  notes.insert(notes.end(), gathered->clocks_unknown.begin(), gathered->clocks_unknown.end());
  notes.push_back(
      fmt::format("the trace is not whole; its parts are kept in {}", place.parts.string()));
  return notes;
}

}  // namespace joulepath::tools
