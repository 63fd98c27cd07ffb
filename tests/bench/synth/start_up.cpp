// The recorders of a run on many nodes, as far as they meet: each joins the run's folder, ends, and
// looks whether it is the last. Uses the recorder's own functions on a real folder, with a clock of
// its own: nodes take their turns as they would, and nobody waits. A node has no process, sensor or
// file to write. Count system calls with perf or strace.
// usage: start_up FOLDER NODES join|end SPREAD-SECONDS
//   join  all nodes join, one after the other
//   end   all nodes join, end within so many seconds, and look who is the last
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "tools/recorder/other_nodes.hpp"
#include "tools/recorder/output_place.hpp"

namespace {

using namespace joulepath::tools;
using Moment = EndedNode::Clock::time_point;

struct Node {
  NodePlace place;
  std::optional<EndedNode> ended;
  std::size_t looks = 0;
};

struct Turn {
  Moment when;
  std::size_t node;
  bool operator>(const Turn& other) const { return when > other.when; }
};

using Turns = std::priority_queue<Turn, std::vector<Turn>, std::greater<>>;

/// The node's next turn: it ends, or looks. When it looks again; nothing: it has left.
std::optional<Moment> take_turn(Node& node, std::size_t nodes, Moment now, int& traces) {
  if (!node.ended) {
    if (!end_writer(node.place.node_file, {1, nodes})) std::abort();
    const OutputPlace& place = node.place.place;
    node.ended.emplace(
        place, Patience(),
        [&traces, parts = place.parts]() -> joulepath::base::Status {
          ++traces;
          remove_parts(parts);
          return joulepath::base::Done{};
        },
        now);
  }
  ++node.looks;
  const auto pause = node.ended->look(now);
  if (!pause) {
    std::fprintf(stderr, "%s\n", pause.error().message().c_str());
    return std::nullopt;
  }
  if (!*pause) return std::nullopt;
  return now + **pause;
}

void print_looks(const std::vector<Node>& nodes) {
  std::size_t sum = 0, most = 0;
  for (const Node& node : nodes) sum += node.looks, most = std::max(most, node.looks);
  std::printf("looks a node: %.2f, at most %zu\n",
              static_cast<double>(sum) / static_cast<double>(nodes.size()), most);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: start_up FOLDER NODES join|end SPREAD-SECONDS\n", stderr);
    return 2;
  }
  const std::filesystem::path trace = std::filesystem::path(argv[1]) / "t.h5";
  const unsigned long spread_ms = 1000 * std::strtoul(argv[4], nullptr, 10);
  std::vector<Node> nodes(std::strtoul(argv[2], nullptr, 10));
  std::mt19937 random(1);
  Turns turns;
  for (std::size_t number = 0; number < nodes.size(); ++number) {
    auto place = claim_or_join(trace, {"job-1"}, "node" + std::to_string(number));
    if (!place || place->place.trace != trace) {
      std::fprintf(stderr, "node %zu has not joined\n", number);
      return 1;
    }
    nodes[number].place = *std::move(place);
    turns.push({Moment(std::chrono::milliseconds(random() % (spread_ms + 1))), number});
  }
  std::printf("%zu joined\n", nodes.size());
  if (std::string(argv[3]) != "end") return 0;
  int traces = 0;
  Moment now;
  while (!turns.empty()) {
    const Turn turn = turns.top();
    turns.pop();
    now = turn.when;
    if (const auto next = take_turn(nodes[turn.node], nodes.size(), now, traces))
      turns.push({*next, turn.node});
  }
  print_looks(nodes);
  std::printf("the last left after %.1f s, traces made: %d\n",
              std::chrono::duration<double>(now.time_since_epoch()).count(), traces);
  return traces == 1 ? 0 : 1;
}
