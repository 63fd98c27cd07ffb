// The SPANK plug-in: --joulepath[=SETTINGS] for srun, sbatch and salloc. It preloads the shim
// into the tasks, names their session and trace, waits for the node's recorder when the last
// task of a step has ended (Slurm kills what a step leaves behind), and has one line with the
// energy printed. Every hook returns success and catches everything: a job never fails by us.
//
//   optional /opt/joulepath/lib/joulepath/joulepath-spank.so [default=on] [directory=DIR]
//            [comment=on]
//
// spank(7). Hooks of tasks run in slurmstepd: as root, but for task_init, which is the user's.
#include <dlfcn.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "core/base/file.hpp"
#include "core/base/message.hpp"
#include "slurm/spank/step_name.hpp"
#include "slurm/spank/step_options.hpp"
#include "slurm/spank/user_program.hpp"

// The header declares our hooks outside of its own extern "C".
extern "C" {
#include <slurm/spank.h>
}

#pragma GCC visibility push(default)
extern "C" {
// The macro defines constants, which C++ would keep to this file without a declaration.
extern const char plugin_name[], plugin_type[];
extern const unsigned int plugin_version, spank_plugin_version;
SPANK_PLUGIN(joulepath, 1)
}
#pragma GCC visibility pop

namespace joulepath::slurm {
namespace {

namespace fs = std::filesystem;

/// How long the end of a step may take us: a recorder ends within a second, a loaded file
/// system may take longer.
constexpr int kEndLimit_ms = 20'000;

/// A pair of sockets on which a task hands its standard error and its folder to slurmstepd, which
/// prints there what a script's launchers used.
struct Passage {
  base::Descriptor ours;
  base::Descriptor task;
};

/// What came through it.
struct TaskPlace {
  base::Descriptor output;
  std::string folder;
};

struct State {
  bool given = false;     ///< the option was on the command line
  std::string text;       ///< its value
  std::string directory;  ///< for traces; empty: the job's
  bool by_default = false;
  bool comment_by_default = false;
  std::optional<Step> step;  ///< of a running srun, or of this slurmstepd
  bool recorded = false;     ///< the tasks of this step are, or what they start
  bool ranks_only = false;   ///< they are a launcher's daemons, which may have recorded ranks
  bool comments = false;     ///< its end writes the job's comment
  std::uint32_t tasks_left = 0;
  std::uint32_t nodes = 1;
  Passage passage;
};

/// One for each process that loads the plug-in (srun, sbatch, slurmstepd); its hooks are called
/// by one thread. slurmstepd runs one step.
State& state() {
  static State only;
  return only;
}

/// A file of the installation, by where this plug-in lies.
std::string installed(const char* relative) {
  Dl_info self{};
  if (::dladdr(reinterpret_cast<const void*>(&installed), &self) == 0) return {};
  std::error_code error;
  const fs::path plugin = fs::canonical(self.dli_fname, error);
  return (plugin.parent_path() / relative).lexically_normal().string();
}
std::string library() {
  return installed("../libjoulepath.so");
}
std::string program() {
  return installed("../../bin/joulepath");
}

void say(const std::string& line) {
  ::slurm_info("joulepath: %s", line.c_str());
}

/// Runs a hook; whatever happens in it, Slurm goes on.
template <class Hook>
int quietly(Hook hook) noexcept {
  try {
    hook();
  } catch (...) {
    ::slurm_info("joulepath: not enough memory; going on without");
  }
  return ESPANK_SUCCESS;
}

std::string variable(spank_t spank, const char* name) {
  char text[4096];
  return ::spank_getenv(spank, name, text, sizeof text) == ESPANK_SUCCESS ? text : "";
}

bool preloads_us(const std::string& preload) {
  return (":" + preload + ":").find(":" + library() + ":") != std::string::npos;
}

int take_option(int /*value*/, const char* argument, int /*remote*/) {
  return quietly([&] {
    // Without an argument it is null, or empty, or, from salloc to srun, this text.
    state().given = true;
    state().text = argument != nullptr && std::strcmp(argument, "(null)") != 0 ? argument : "";
  });
}

bool turned_off() {
  return state().given && state().text == "off";
}
bool wanted() {
  return (state().given || state().by_default) && !turned_off();
}

void read_administrator(int count, char** words) {
  for (int at = 0; at < count; ++at) {
    const std::string_view word = words[at];
    constexpr std::string_view kDirectory = "directory=";
    if (word == "default=on")
      state().by_default = true;
    else if (word == "comment=on")
      state().comment_by_default = true;
    else if (word.starts_with(kDirectory))
      state().directory = word.substr(kDirectory.size());
    else
      say("plugstack.conf: " + std::string(word) + " is not known and left out");
  }
}

/// The settings, or nothing, and a line that says why.
std::optional<StepOptions> settings() {
  auto parsed = parse_options(state().text);
  if (parsed) return *std::move(parsed);
  say(parsed.error().message() + "; not recording");
  return std::nullopt;
}

/// `job` is SLURM_JOB_ID as srun has set it: of a heterogeneous job that is the first part's, also
/// for the tasks of others, where Slurm's own item is that part's. Its parts share the numbers of
/// steps, so a step that spans parts has one name, and no two steps have the same.
std::optional<Step> step_of(spank_t spank, const std::string& job) {
  Step step;
  if (::spank_get_item(spank, S_JOB_ID, &step.job) != ESPANK_SUCCESS ||
      ::spank_get_item(spank, S_JOB_STEPID, &step.step) != ESPANK_SUCCESS)
    return std::nullopt;
  if (const auto number = base::parse_u64(job); number && *number <= UINT32_MAX)
    step.job = static_cast<std::uint32_t>(*number);
  return step;
}

bool starts_ranks_only(spank_t spank) {
  int count = 0;
  char** words = nullptr;
  return ::spank_get_item(spank, S_JOB_ARGV, &count, &words) == ESPANK_SUCCESS && count > 0 &&
         is_launch_daemon(words[0]);
}

/// The administrator's folder for traces, in which "%u" is the user; empty: the job's own.
std::string trace_folder(const std::string& user) {
  std::string folder = state().directory;
  if (const auto at = folder.find("%u"); at != std::string::npos) folder.replace(at, 2, user);
  return folder;
}

/// Nodes of a step. `told` is SLURM_NNODES as srun has set it: Slurm's own item counts those of one
/// part, where a step spans parts of a heterogeneous job.
std::uint32_t nodes_of(spank_t spank, const std::string& told) {
  std::uint32_t nodes = 1;
  ::spank_get_item(spank, S_JOB_NNODES, &nodes);
  const auto number = base::parse_u64(told);
  return number && *number <= UINT32_MAX ? static_cast<std::uint32_t>(*number) : nodes;
}

/// As the user, in the task's process, before its program.
void prepare_task(spank_t spank) {
  State& own = state();
  // A script that is recorded has handed the library down.
  if (turned_off()) ::spank_setenv(spank, "JOULEPATH_DISABLE", "1", 1);
  if (!own.recorded) return;
  const auto set = [&](const std::string& name, const std::string& value) {
    ::spank_setenv(spank, name.c_str(), value.c_str(), 1);
  };
  const std::string preloaded = variable(spank, "LD_PRELOAD");
  if (!preloads_us(preloaded))
    set("LD_PRELOAD", preloaded.empty() ? library() : library() + ":" + preloaded);
  if (own.given || own.by_default)
    if (const auto chosen = settings())
      for (const Variable& one : chosen->variables) set(one.name, one.value);
  // A folder, so that each step and launcher gets a name of its own there.
  if (variable(spank, "JOULEPATH_OUTPUT").empty()) {
    const std::string folder = trace_folder(variable(spank, "SLURM_JOB_USER"));
    if (!folder.empty() || !own.step->is_shell())
      set("JOULEPATH_OUTPUT", (folder.empty() ? fs::current_path().string() : folder) + "/");
  }
  if (!own.step->is_shell()) set("JOULEPATH_SESSION", session_name(*own.step));
}

/// Of the node's first task: one is read, and more could fill the socket.
void send_place(spank_t spank, int socket) {
  int task = 0;
  if (::spank_get_item(spank, S_TASK_ID, &task) != ESPANK_SUCCESS || task != 0) return;
  const std::string folder = fs::current_path().string();
  base::send_message(socket, folder.data(), folder.size(), STDERR_FILENO);
}

TaskPlace receive_place(int socket) {
  char folder[PATH_MAX];
  base::Message message = base::receive_message(socket, folder, sizeof folder, MSG_DONTWAIT);
  if (message.bytes <= 0) return {};
  return {std::move(message.descriptor),
          std::string(folder, static_cast<std::size_t>(message.bytes))};
}

/// What the option says, as the tasks got it.
std::vector<std::string> option_environment() {
  std::vector<std::string> entries;
  if (const auto chosen = parse_options(state().text))
    for (const Variable& one : chosen->variables) entries.push_back(one.name + "=" + one.value);
  return entries;
}

std::vector<std::string> job_environment(spank_t spank) {
  // The option's first: a second entry of the same name does not count.
  std::vector<std::string> kept = option_environment();
  for (const char* name : {"HOME", "USER", "PATH", "SLURM_CONF", "JOULEPATH_SHM_DIR",
                           "JOULEPATH_OUTPUT", "SLURM_RESTART_COUNT"})
    if (std::string value = variable(spank, name); !value.empty())
      kept.push_back(std::string(name) + "=" + value);
  return kept;
}

/// Whether the user's processes on this node share anything with a recorder.
bool has_sessions(uid_t user) {
  return ::access(("/dev/shm/joulepath-" + std::to_string(user)).c_str(), F_OK) == 0;
}

/// The last task of this node has ended: its recorder closes its file now.
void settle(spank_t spank) {
  State& own = state();
  UserProgram run;
  run.path = program();
  run.environment = job_environment(spank);
  if (::spank_get_item(spank, S_JOB_UID, &run.user) != ESPANK_SUCCESS ||
      ::spank_get_item(spank, S_JOB_GID, &run.group) != ESPANK_SUCCESS)
    return;
  if (own.ranks_only && !has_sessions(run.user)) return;
  const std::string job = std::to_string(own.step->job);
  const TaskPlace place = receive_place(own.passage.ours.get());
  if (own.step->is_shell() || own.comments) {
    run.output = place.output.get();
    run.directory = trace_folder(variable(spank, "SLURM_JOB_USER"));
    if (run.directory.empty()) run.directory = place.folder;
  }
  if (own.step->is_shell())
    run.arguments = {"slurm", "--end-launchers", job};
  else
    run.arguments = {"slurm", "--settle", own.ranks_only ? job : step_name(*own.step)};
  if (own.comments) {
    run.arguments.insert(run.arguments.end(), {"--comment", "--nodes", std::to_string(own.nodes)});
  }
  run_as_user(run, kEndLimit_ms);
}

/// srun has seen all its tasks end.
void tell_total(spank_t spank) {
  State& own = state();
  if (!own.step || !own.recorded) return;
  UserProgram run;
  run.path = program();
  run.environment = option_environment();
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("LD_PRELOAD=")) run.environment.emplace_back(*entry);
  const passwd* user = ::getpwuid(::getuid());
  run.directory = trace_folder(user != nullptr ? user->pw_name : "");
  run.user = ::getuid();
  run.group = ::getgid();
  run.output = STDERR_FILENO;
  const char* told = std::getenv("SLURM_NNODES");
  run.arguments = {"slurm", "--end", step_name(*own.step), "--nodes",
                   std::to_string(nodes_of(spank, told != nullptr ? told : ""))};
  // srun in a script that is recorded has the option, too, and many such steps are no MPI.
  const char* preload = std::getenv("LD_PRELOAD");
  if (own.given && !(preload != nullptr && preloads_us(preload)))
    run.arguments.emplace_back("--asked");
  if (run_as_user(run, kEndLimit_ms) < 0) say("no total: " + run.path + " did not end well");
}

/// Whether the end of this step, on its last node to end, writes the job's comment. While it runs:
/// Slurm takes no comment for a job that is over, so that srun, which sees all tasks end, is too
/// late. In a script that is recorded its own end does it, once for all steps.
bool is_to_comment(spank_t spank, const StepOptions& chosen, const std::string& preload) {
  if (!chosen.comment.value_or(state().comment_by_default)) return false;
  return state().step->is_shell() ||
         !(preloads_us(preload) && variable(spank, "ENVIRONMENT") == "BATCH");
}

/// Asked for by option or by the administrator, or handed down by a script that is recorded.
bool to_be_recorded(const std::string& preload) {
  return wanted() || (!state().given && preloads_us(preload));
}

void begin_step(spank_t spank) {
  State& own = state();
  own.step = step_of(spank, variable(spank, "SLURM_JOB_ID"));
  if (!own.step || own.step->step == kExternStep) return;
  own.tasks_left = 1;
  // mpirun hands the library to its ranks, not to its daemons.
  own.ranks_only = starts_ranks_only(spank);
  if (own.ranks_only) return;
  const std::string preload = variable(spank, "LD_PRELOAD");
  if (!to_be_recorded(preload)) return;
  const auto chosen = settings();
  own.recorded = chosen.has_value();
  if (!own.recorded) return;
  own.comments = is_to_comment(spank, *chosen, preload);
  if (!own.step->is_shell()) {
    ::spank_get_item(spank, S_JOB_LOCAL_TASK_COUNT, &own.tasks_left);
    own.nodes = nodes_of(spank, variable(spank, "SLURM_NNODES"));
    if (!own.comments) return;
  }
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
  own.passage.ours = base::Descriptor(ends[0]);
  own.passage.task = base::Descriptor(ends[1]);
}

void begin_srun(spank_t spank) {
  State& own = state();
  const char* job = std::getenv("SLURM_JOB_ID");
  own.step = step_of(spank, job != nullptr ? job : "");
  const char* preload = std::getenv("LD_PRELOAD");
  own.recorded =
      to_be_recorded(preload != nullptr ? preload : "") && !starts_ranks_only(spank) && settings();
}

/// salloc's command inherits salloc's own environment.
void prepare_salloc() {
  if (!wanted() || std::strcmp(program_invocation_short_name, "salloc") != 0) return;
  const auto chosen = settings();
  if (!chosen) return;
  const char* preload = std::getenv("LD_PRELOAD");
  const std::string before = preload != nullptr ? preload : "";
  if (!preloads_us(before))
    ::setenv("LD_PRELOAD", (before.empty() ? library() : library() + ":" + before).c_str(), 1);
  for (const Variable& one : chosen->variables) ::setenv(one.name.c_str(), one.value.c_str(), 1);
}

}  // namespace
}  // namespace joulepath::slurm

using namespace joulepath::slurm;

#pragma GCC visibility push(default)
extern "C" {

int slurm_spank_init(spank_t spank, int count, char** words) {
  return quietly([&] {
    static char name[] = "joulepath", value[] = "settings";
    static char usage[] =
        "record where the joules go, into joulepath-JOB.STEP.h5; settings as "
        "period=1ms,sensors=rapl,events,comment, or off";
    static spank_option option{name, value, usage, 2, 0, &take_option};
    if (::spank_context() == S_CTX_SLURMD || ::spank_context() == S_CTX_JOB_SCRIPT) return;
    read_administrator(count, words);
    if (::spank_option_register(spank, &option) != ESPANK_SUCCESS)
      say("the option --joulepath cannot be added");
  });
}

int slurm_spank_init_post_opt(spank_t /*spank*/, int /*count*/, char** /*words*/) {
  return quietly([] {
    if (::spank_context() == S_CTX_ALLOCATOR) prepare_salloc();
  });
}

int slurm_spank_local_user_init(spank_t spank, int /*count*/, char** /*words*/) {
  return quietly([&] { begin_srun(spank); });
}

int slurm_spank_user_init(spank_t spank, int /*count*/, char** /*words*/) {
  return quietly([&] { begin_step(spank); });
}

int slurm_spank_task_init(spank_t spank, int /*count*/, char** /*words*/) {
  return quietly([&] {
    prepare_task(spank);
    if (state().passage.task.open()) send_place(spank, state().passage.task.get());
  });
}

int slurm_spank_task_exit(spank_t spank, int /*count*/, char** /*words*/) {
  return quietly([&] {
    State& own = state();
    if (own.tasks_left == 0 || --own.tasks_left > 0) return;
    if (own.recorded || own.ranks_only) settle(spank);
  });
}

int slurm_spank_exit(spank_t spank, int /*count*/, char** /*words*/) {
  return quietly([&] {
    if (::spank_context() == S_CTX_LOCAL) tell_total(spank);
  });
}

}  // extern "C"
#pragma GCC visibility pop
