#include "tools/slurm/recorded_steps.hpp"

#include "core/base/file.hpp"
#include "tools/slurm/step_traces.hpp"
#include "tools/summarize/summarize_file.hpp"

namespace joulepath::tools {

base::Result<std::vector<RecordedStep>> recorded_steps(const std::string& job,
                                                       const std::string& output) {
  if (!base::parse_u64(job))
    return base::Error{base::Errc::kUsage, "is no job number", job, 0,
                       "of an array's task, give the number that squeue -o %A shows"};
  const TracePlace place = trace_place(output, job);
  const auto found = find_traces(place, job);
  if (found.empty())
    return base::Error{base::Errc::kNotFound, "no trace of job " + job, place.folder.string(), 0,
                       "name its folder with --output"};
  std::vector<RecordedStep> steps;
  for (const auto& [session, step] : found) {
    std::vector<std::filesystem::path> files = step.traces;
    files.insert(files.end(), step.parts.begin(), step.parts.end());
    for (const auto& file : files) {
      auto summary = summarize_file(file);
      if (!summary) return summary.error();
      steps.push_back({session.substr(session.find('-') + 1), *std::move(summary), step.complete,
                       files.size() == 1});
    }
  }
  return steps;
}

}  // namespace joulepath::tools
