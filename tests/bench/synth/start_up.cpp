// The recorders of a run on many nodes, as far as they meet: each joins the run's folder, ends, and
// looks whether it is the last. Uses the recorder's own functions on a real folder; a node is a
// thread that has no process, sensor or file to write. Count system calls with perf or strace.
// usage: start_up FOLDER NODES join|end SPREAD-SECONDS
//   join  all nodes join, one after the other
//   end   all nodes join, end within so many seconds, and wait for each other
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "tools/recorder/other_nodes.hpp"
#include "tools/recorder/output_place.hpp"

namespace {

using namespace joulepath::tools;
using Clock = std::chrono::steady_clock;

struct Node {
  NodePlace place;
  std::chrono::milliseconds ends_after{0};
  std::size_t nodes = 0;
  std::atomic<int>* traces = nullptr;
};

void* end_node(void* argument) {
  const auto& node = *static_cast<const Node*>(argument);
  timespec pause{node.ends_after.count() / 1000, node.ends_after.count() % 1000 * 1'000'000};
  nanosleep(&pause, nullptr);
  if (!end_writer(node.place.node_file, {1, node.nodes})) return nullptr;
  const auto status =
      gather_if_last(node.place.place, Patience(), [&]() -> joulepath::base::Status {
        ++*node.traces;
        remove_parts(node.place.place.parts);
        return joulepath::base::Done{};
      });
  if (!status) std::fprintf(stderr, "%s\n", status.error().message().c_str());
  return nullptr;
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: start_up FOLDER NODES join|end SPREAD-SECONDS\n", stderr);
    return 2;
  }
  const std::filesystem::path trace = std::filesystem::path(argv[1]) / "t.h5";
  std::vector<Node> nodes(std::strtoul(argv[2], nullptr, 10));
  std::atomic<int> traces{0};
  std::mt19937 random(1);
  auto begin = Clock::now();
  for (std::size_t number = 0; number < nodes.size(); ++number) {
    Node& node = nodes[number];
    auto place = claim_or_join(trace, {"job-1"}, "node" + std::to_string(number));
    if (!place || place->place.trace != trace) {
      std::fprintf(stderr, "node %zu has not joined\n", number);
      return 1;
    }
    node.place = *std::move(place);
    node.ends_after =
        std::chrono::milliseconds(random() % (1000 * std::strtoul(argv[4], nullptr, 10) + 1));
    node.nodes = nodes.size();
    node.traces = &traces;
  }
  std::printf("%zu joined in %.2f s\n", nodes.size(), seconds_since(begin));
  if (std::string(argv[3]) != "end") return 0;
  begin = Clock::now();
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, std::size_t{128} << 10);
  std::vector<pthread_t> threads(nodes.size());
  for (std::size_t number = 0; number < nodes.size(); ++number)
    if (pthread_create(&threads[number], &small, end_node, &nodes[number]) != 0) return 1;
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
  std::printf("all ended after %.1f s, traces made: %d\n", seconds_since(begin), traces.load());
  return traces == 1 ? 0 : 1;
}
