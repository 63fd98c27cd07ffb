// Writes the files that check_h5py.py looks at into the folder it is given: two node
// files, the trace gathered from them, and the file of a recorder that was killed.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "core/trace/gather.hpp"
#include "tests/unit/trace/example_trace.hpp"

using namespace joulepath;
using namespace joulepath::trace::testing;

namespace {

bool write_node(const std::filesystem::path& path, const std::string& host,
                bool (*end)(trace::NodeWriter&)) {
  auto writer = trace::NodeWriter::create(path, example_node(host), example_functions());
  if (!writer.ok()) return false;
  writer->add(record::MetaRow{"command", "./solver"});
  add_entities(*writer, {"setup", "solve"});
  add_ticks(*writer, 0, 250);
  return end(*writer);
}

bool close_orderly(trace::NodeWriter& writer) {
  add_end(writer);
  return writer.close().ok();
}

bool flush_and_die(trace::NodeWriter& writer) {
  if (writer.flush().ok()) ::kill(::getpid(), SIGKILL);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_examples FOLDER\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::vector<std::filesystem::path> nodes{folder / "node-a.h5", folder / "node-b.h5"};
  bool ok = write_node(nodes[0], "node-a", close_orderly) &&
            write_node(nodes[1], "node-b", close_orderly) &&
            trace::gather(nodes, folder / "trace.h5", trace::Existing::kReplace).ok();
  const pid_t child = ::fork();
  if (child == 0) {
    write_node(folder / "killed.h5", "node-c", flush_and_die);
    ::_exit(1);
  }
  int status = 0;
  ok = ::waitpid(child, &status, 0) == child && WIFSIGNALED(status) && ok;
  return ok ? 0 : 1;
}
