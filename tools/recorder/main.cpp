// joulepath-recorder: started by the shim of the first rank of a node or by `joulepath
// run`, not by users. Settings come from the environment and the user's file. With a
// status descriptor it reports there: "ready", then "done" or "error CODE MESSAGE".
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "core/base/exit_code.hpp"
#include "tools/recorder/recorder.hpp"
#include "tools/recorder/session_end.hpp"
#include "tools/settings/settings.hpp"

namespace {

using namespace joulepath;

struct Arguments {
  std::string session;
  int lock_fd = -1;
  int status_fd = -1;
  std::string parts;
  pid_t owner = 0;
};

/// One line to whoever started us; nobody may be listening any more.
void report(int status_fd, const std::string& line) {
  if (status_fd < 0) return;
  const std::string text = line + "\n";
  if (::write(status_fd, text.data(), text.size()) < 0) return;
}

base::Status record_as(const Arguments& arguments) {
  tools::RecorderJob job;
  std::snprintf(job.session.text, sizeof job.session.text, "%s", arguments.session.c_str());
  job.lock = base::Descriptor(arguments.lock_fd);
  job.parts = arguments.parts;
  job.owner = arguments.owner;
  job.ready = [&arguments] { report(arguments.status_fd, "ready"); };
  auto settings =
      tools::load_settings({{}, tools::joulepath_environment(), tools::config_file({})});
  if (!settings) {
    if (job.owner == 0) tools::refuse_session(job.session, job.lock, settings.error().message());
    return settings.error();
  }
  job.settings = std::move(*settings);
  return tools::record_session(std::move(job));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Joulepath's recorder; started by the shim or by joulepath run."};
  Arguments arguments;
  app.add_option("--session", arguments.session)->required();
  app.add_option("--lock-fd", arguments.lock_fd)->required();
  app.add_option("--status-fd", arguments.status_fd);
  app.add_option("--parts", arguments.parts);
  app.add_option("--owner", arguments.owner);
  CLI11_PARSE(app, argc, argv);
  // Neither descriptor is for programs that we might start.
  for (const int fd : {arguments.lock_fd, arguments.status_fd})
    if (fd >= 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  try {
    const base::Status done = record_as(arguments);
    if (done) {
      report(arguments.status_fd, "done");
      return base::kExitOk;
    }
    const int code = base::exit_code(done.error().code);
    report(arguments.status_fd, fmt::format("error {} {}", code, done.error().message()));
    return code;
  } catch (const std::exception& defect) {
    report(arguments.status_fd,
           fmt::format("error {} {}", static_cast<int>(base::kExitInternal), defect.what()));
    return base::kExitInternal;
  }
}
