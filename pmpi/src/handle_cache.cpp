#include "pmpi/src/handle_cache.hpp"

#include "pmpi/src/next_function.hpp"

namespace joulepath::pmpi {

std::atomic<std::uint32_t> type_generation{1};
std::atomic<std::uint32_t> comm_generation{1};

namespace {

template <class... Args>
bool ask(const char* name, Args... arguments) noexcept {
  void* function = next_function_or_null(name);
  return function != nullptr && reinterpret_cast<int (*)(Args...)>(function)(arguments...) == 0;
}

int out_neighbours(Arg comm, MpiTopology topology) noexcept {
  int first = 0, second = 0, third = 0;
  switch (topology) {
    case MpiTopology::kCart: return ask("PMPI_Cartdim_get", comm, &first) ? 2 * first : 0;
    case MpiTopology::kGraph: {
      int rank = 0;
      if (!ask("PMPI_Comm_rank", comm, &rank)) return 0;
      return ask("PMPI_Graph_neighbors_count", comm, rank, &first) ? first : 0;
    }
    case MpiTopology::kDistGraph:
      return ask("PMPI_Dist_graph_neighbors_count", comm, &first, &second, &third) ? second : 0;
    case MpiTopology::kNone: break;
  }
  return 0;
}

}  // namespace

std::uint64_t HandleCache::ask_type_size(Arg handle) noexcept {
  // The large-count query where there is one: an int overflows at 2 GiB.
  long long large = 0;
  if (ask("PMPI_Type_size_x", handle, &large))
    return large > 0 ? static_cast<std::uint64_t>(large) : 0;
  int bytes = 0;
  return ask("PMPI_Type_size", handle, &bytes) && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

CommInfo HandleCache::ask_comm(Arg handle) noexcept {
  CommInfo info;
  int inter = 0;
  ask("PMPI_Comm_test_inter", handle, &inter);
  info.inter = inter != 0;
  ask("PMPI_Comm_size", handle, &info.own);
  info.peers = info.own;
  if (info.inter) ask("PMPI_Comm_remote_size", handle, &info.peers);
  ask("PMPI_Comm_rank", handle, &info.rank);
  int topology = 0;
  if (!info.inter && ask("PMPI_Topo_test", handle, &topology))
    info.out_neighbours = out_neighbours(handle, abi().topology(topology));
  return info;
}

}  // namespace joulepath::pmpi
