#include "tools/slurm/job_comment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "core/base/file.hpp"
#include "core/base/split.hpp"
#include "tools/report/quantity.hpp"
#include "tools/report/text_sections.hpp"
#include "tools/slurm/recorded_steps.hpp"
#include "tools/slurm/slurm_program.hpp"

namespace joulepath::tools {
namespace {

using base::Errc;
using base::Error;

constexpr std::string_view kOurs = "joulepath: ";
constexpr std::string_view kBetween = "; ";
constexpr std::string_view kNone = "(null)";

/// What a program of Slurm says, trimmed; an error if it is not there.
base::Result<std::string> said_or_error(const std::string& program,
                                        std::vector<std::string> arguments) {
  const auto said = said_by(program, std::move(arguments));
  if (!said)
    return Error{
        Errc::kNotFound, "not found in PATH; the job's comment is not set", program, 0, {}};
  return std::string(base::trimmed(*said));
}

std::string total_text(const std::vector<RecordedStep>& steps) {
  analysis::Figure all = analysis::zero_figure(analysis::Basis::kMeasured);
  bool complete = true, known = false;
  for (const RecordedStep& step : steps) {
    all.add(step.summary.energy);
    known = known || step.summary.energy.known();
    complete = complete && step.complete;
  }
  std::string text(kOurs);
  if (known)
    text += fmt::format("{} {} {}", report::joules_text(all), report::bounds_text(all),
                        to_string(all.basis));
  else
    text += "energy unknown, because " + all.missing_text();
  text += ", " + report::plural(steps.size(), "step");
  if (known && (!complete || !all.missing.empty())) text += ", incomplete";
  return text;
}

}  // namespace

std::optional<JobComment> comment_of(std::string_view lines, const std::string& job) {
  std::optional<JobComment> found;
  for (const std::string_view line : base::split(lines, '\n')) {
    if (line.empty()) continue;
    if (std::isdigit(static_cast<unsigned char>(line.front())) == 0) return std::nullopt;
    if (!line.starts_with(job + " ")) continue;
    const std::string_view rest = line.substr(job.size() + 1);
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view text = rest.substr(std::min(end + 1, rest.size()));
    found = JobComment{std::string(rest.substr(0, end)), std::string(text == kNone ? "" : text)};
  }
  return found;
}

std::string with_our_part(std::string_view before, std::string_view ours) {
  if (before.starts_with(kOurs)) before = {};
  const std::string old = std::string(kBetween).append(kOurs);
  before = before.substr(0, before.rfind(old));
  if (before.empty()) return std::string(ours);
  return std::string(before).append(kBetween).append(ours);
}

base::Status write_comment(const std::string& job, const std::string& output) {
  const auto steps = recorded_steps(job, output);
  if (!steps && steps.error().code == Errc::kNotFound) return base::Done{};
  if (!steps) return steps.error();
  const auto listed = said_or_error("squeue", {"-h", "-t", "all", "-j", job, "-o", "%A %i %k"});
  if (!listed) return listed.error();
  const auto before = comment_of(*listed, job);
  if (!before)
    return Error{
        Errc::kNotFound, "the job's comment is not set: squeue says " + *listed, job, 0, {}};
  const std::string text = with_our_part(before->text, total_text(*steps));
  const auto refused =
      said_or_error("scontrol", {"update", "JobId=" + before->id, "Comment=" + text});
  if (!refused) return refused.error();
  if (!refused->empty())
    return Error{Errc::kIo, "the job's comment is not set: " + *refused, job, 0, {}};
  return base::Done{};
}

}  // namespace joulepath::tools
