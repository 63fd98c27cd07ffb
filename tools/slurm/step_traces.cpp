#include "tools/slurm/step_traces.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "core/analysis/mark_alignment.hpp"
#include "core/trace/gather.hpp"
#include "core/trace/recording_key.hpp"
#include "core/trace/trace_reader.hpp"
#include "tools/recorder/output_place.hpp"
#include "tools/slurm/step_sessions.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

/// A file of a session.
struct Piece {
  fs::path file;
  fs::path parts;  ///< the folder of a node file; empty: a trace
  std::string session;
  std::set<trace::RecordingKey> recordings;
  bool complete = true;
};

std::optional<Piece> look_into(const fs::path& file, const fs::path& parts) {
  const auto reader = trace::TraceReader::open(file);
  if (!reader) return std::nullopt;
  Piece piece{file, parts, std::string(reader->run().meta_value("session")), {}, true};
  if (const auto again = reader->run().meta_value("slurm.restart_count");
      !again.empty() && again != "0")
    piece.session.append(".r").append(again);
  for (std::size_t node = 0; node < reader->node_count(); ++node) {
    const auto tables = reader->node(node);
    piece.complete = piece.complete && tables && tables->complete;
    if (!tables) continue;
    piece.recordings.insert(trace::recording_key(tables->info));
  }
  return piece;
}

/// Leaves out what others hold already: a node that failed keeps the folder of parts beside the
/// trace that was made of them, and no joule may count twice.
StepTraces without_copies(std::vector<Piece> pieces) {
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    const auto rank = [](const Piece& piece) {
      return std::tuple(piece.recordings.size(), piece.complete, piece.parts.empty());
    };
    return rank(a) > rank(b);
  });
  StepTraces step;
  std::set<trace::RecordingKey> held;
  for (const Piece& piece : pieces) {
    const auto before = held.size();
    held.insert(piece.recordings.begin(), piece.recordings.end());
    if (held.size() == before) continue;
    step.complete = step.complete && piece.complete;
    if (piece.parts.empty()) {
      step.traces.push_back(piece.file);
      continue;
    }
    step.node_files.push_back(piece.file);
    if (std::find(step.parts.begin(), step.parts.end(), piece.parts) == step.parts.end())
      step.parts.push_back(piece.parts);
  }
  step.nodes = held.size();
  return step;
}

bool is_trace(const fs::path& path) {
  return path.extension() == ".h5" && path.filename().string().front() != '.';
}
bool is_parts(const fs::path& path) {
  return path.extension() == ".parts" && path.stem().extension() == ".h5";
}

}  // namespace

TracePlace trace_place(const std::string& output, const std::string& job) {
  const std::string name = "joulepath-" + job + ".";
  const fs::path here = output.empty() ? fs::current_path() : fs::absolute(output);
  const fs::path trace = trace_in(here, name);
  return {trace.parent_path(), trace.filename() == name ? name : trace.stem().string()};
}

std::map<std::string, StepTraces> find_traces(const TracePlace& place, const std::string& what) {
  std::map<std::string, std::vector<Piece>> pieces;
  const auto add = [&](const fs::path& file, const fs::path& parts) {
    auto piece = look_into(file, parts);
    if (piece && is_session_of(piece->session, what))
      pieces[piece->session].push_back(*std::move(piece));
  };
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(place.folder, failed)) {
    const fs::path& path = entry.path();
    if (!path.filename().string().starts_with(place.prefix)) continue;
    if (is_trace(path)) add(path, {});
    if (!is_parts(path)) continue;
    for (const fs::path& file : trace::node_files(path)) add(file, path);
  }
  std::map<std::string, StepTraces> found;
  for (auto& [session, files] : pieces) found[session] = without_copies(std::move(files));
  return found;
}

base::Result<fs::path> joined_trace(const TracePlace& place, const StepTraces& step,
                                    const std::string& session) {
  if (step.traces.size() == 1 && step.parts.empty()) return step.traces.front();
  fs::path output;
  if (step.traces.empty() && !step.parts.empty()) {
    // The first node to come got the plain name, the shortest.
    const auto shortest = std::min_element(
        step.parts.begin(), step.parts.end(),
        [](const fs::path& a, const fs::path& b) { return a.native().size() < b.native().size(); });
    output = fs::path(*shortest).replace_extension();
  }
  std::error_code ignored;
  if (output.empty() || fs::exists(output, ignored))
    output = place.folder / ("joulepath-" + session.substr(session.find('-') + 1) + ".all.h5");
  std::vector<fs::path> inputs = step.traces;
  inputs.insert(inputs.end(), step.node_files.begin(), step.node_files.end());
  const auto gathered =
      trace::gather(inputs, output, trace::Existing::kRefuse, analysis::align_by_marks);
  if (!gathered) return gathered.error();
  // A node whose file is not whole may only be slow to show what it writes.
  if (gathered->left_out.empty() && step.complete)
    for (const fs::path& folder : step.parts) fs::remove_all(folder, ignored);
  return output;
}

}  // namespace joulepath::tools
