#include "tools/slurm/step_traces.hpp"

#include <algorithm>
#include <optional>

#include "core/trace/gather.hpp"
#include "core/trace/trace_reader.hpp"
#include "tools/recorder/output_place.hpp"
#include "tools/slurm/step_sessions.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

struct Written {
  std::string session;
  std::size_t nodes = 0;
  bool complete = true;
};

std::optional<Written> look_into(const fs::path& file) {
  const auto reader = trace::TraceReader::open(file);
  if (!reader) return std::nullopt;
  Written written{std::string(reader->run().meta_value("session")), reader->node_count(), true};
  if (const auto again = reader->run().meta_value("slurm.restart_count");
      !again.empty() && again != "0")
    written.session.append(".r").append(again);
  for (std::size_t node = 0; node < written.nodes; ++node) {
    const auto tables = reader->node(node);
    written.complete = written.complete && tables && tables->complete;
  }
  return written;
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
  std::map<std::string, StepTraces> found;
  const auto add = [&](const fs::path& file) -> StepTraces* {
    const auto written = look_into(file);
    if (!written || !is_session_of(written->session, what)) return nullptr;
    StepTraces& step = found[written->session];
    step.nodes += written->nodes;
    step.complete = step.complete && written->complete;
    return &step;
  };
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(place.folder, failed)) {
    const fs::path& path = entry.path();
    if (!path.filename().string().starts_with(place.prefix)) continue;
    if (is_trace(path)) {
      if (StepTraces* step = add(path)) step->traces.push_back(path);
    } else if (is_parts(path)) {
      for (const fs::path& file : trace::node_files(path)) {
        StepTraces* step = add(file);
        if (step == nullptr) continue;
        step->node_files.push_back(file);
        if (step->parts.empty() || step->parts.back() != path) step->parts.push_back(path);
      }
    }
  }
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
  const auto gathered = trace::gather(inputs, output, trace::Existing::kRefuse);
  if (!gathered) return gathered.error();
  if (gathered->left_out.empty())
    for (const fs::path& folder : step.parts) fs::remove_all(folder, ignored);
  return output;
}

}  // namespace joulepath::tools
