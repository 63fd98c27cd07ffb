// How many payload bytes a call moves, from its arguments: one small type for each rule
// of pmpi/gen/mpi_functions.tsv (pmpi/gen/README.md defines them). Evaluated only after a
// call has succeeded, so that its handles are known to be valid, and reading only the
// arguments that are significant at this rank.
#pragma once

#include <cstdint>

#include "pmpi/src/abi.hpp"
#include "pmpi/src/handle_cache.hpp"
#include "pmpi/src/request_bytes.hpp"

namespace joulepath::pmpi {

/// Of a type that is not the last call's, which it becomes. Out of line and without the
/// arguments, so that these stay in registers.
[[gnu::noinline, gnu::cold]] inline std::uint64_t size_of_another(Arg argument,
                                                                  HandleCache& handles,
                                                                  LastType& last) noexcept {
  if (!abi().known()) return 0;
  const std::uint32_t generation = type_generation.load(std::memory_order_acquire);
  last = {argument, generation, handles.type_size(argument)};
  return last.bytes;
}

/// The arguments of a call and the caches of its thread.
struct CallArguments {
  const Arg* values;
  HandleCache& handles;
  LastType& last_type;
  const Abi& constants = abi();

  template <class C>
  [[nodiscard]] std::uint64_t count(int position) const noexcept {
    const C value = static_cast<C>(values[position]);
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
  }
  template <class C>
  [[nodiscard]] const C* array(int position) const noexcept {
    return reinterpret_cast<const C*>(values[position]);
  }
  [[nodiscard]] Arg handle_in(int position, std::uint64_t index) const noexcept {
    return abi().handle_in(values[position], index);
  }
  [[nodiscard]] int number(int position) const noexcept {
    return static_cast<int>(values[position]);
  }
  [[nodiscard]] std::uint64_t size(int position) const noexcept {
    const Arg argument = values[position];
    if (last_type.argument == argument &&
        last_type.generation == type_generation.load(std::memory_order_acquire)) [[likely]]
      return last_type.bytes;
    return size_of_another(argument, handles, last_type);
  }
  [[nodiscard]] const CommInfo& comm(int position) const noexcept {
    return handles.comm(values[position]);
  }
  [[nodiscard]] bool no_peer(int position) const noexcept {
    return number(position) == constants.proc_null;
  }
  [[nodiscard]] bool in_place(int position) const noexcept {
    return values[position] == abi().in_place;
  }
  template <class C>
  [[nodiscard]] std::uint64_t sum(int counts, int entries) const noexcept {
    std::uint64_t total = 0;
    for (int i = 0; i < entries; ++i)
      if (const C value = array<C>(counts)[i]; value > 0)
        total += static_cast<std::uint64_t>(value);
    return total;
  }
  template <class C>
  [[nodiscard]] std::uint64_t typed_sum(int counts, int types, int entries) const noexcept {
    std::uint64_t total = 0;
    for (int i = 0; i < entries; ++i)
      if (const C value = array<C>(counts)[i]; value > 0)
        total += static_cast<std::uint64_t>(value) *
                 handles.type_size(handle_in(types, static_cast<std::uint64_t>(i)), constants);
    return total;
  }
};

/// False for rules that can do without the constants of the MPI.
template <class Rule>
inline constexpr bool kNeedsAbi = true;

struct NoBytes {
  static std::uint64_t bytes(const CallArguments&) noexcept { return 0; }
};

template <class C, int count, int type>
struct CountTimesType {
  [[gnu::always_inline]] static std::uint64_t bytes(const CallArguments& a) noexcept {
    return a.count<C>(count) * a.size(type);
  }
};

template <class C, int count, int type>
inline constexpr bool kNeedsAbi<CountTimesType<C, count, type>> = false;

template <class C, int count, int type, int peer>
struct PeerCountTimesType {
  [[gnu::always_inline]] static std::uint64_t bytes(const CallArguments& a) noexcept {
    return a.no_peer(peer) ? 0 : a.count<C>(count) * a.size(type);
  }
};

template <class C, int count, int type, int dest, int count2, int type2, int source>
struct Sendrecv {
  [[gnu::always_inline]] static std::uint64_t bytes(const CallArguments& a) noexcept {
    return PeerCountTimesType<C, count, type, dest>::bytes(a) +
           PeerCountTimesType<C, count2, type2, source>::bytes(a);
  }
};

template <class C, int count, int type, int dest, int source>
struct SendrecvReplace {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    return PeerCountTimesType<C, count, type, dest>::bytes(a) +
           PeerCountTimesType<C, count, type, source>::bytes(a);
  }
};

template <int type, int peer>
struct OneElement {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    return a.no_peer(peer) ? 0 : a.size(type);
  }
};

template <class C, int buffer, int count, int type, int rcount, int rtype>
struct Allgather {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    return a.in_place(buffer) ? a.count<C>(rcount) * a.size(rtype)
                              : a.count<C>(count) * a.size(type);
  }
};

template <class C, int buffer, int count, int type, int rcounts, int rtype, int comm>
struct Allgatherv {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    if (!a.in_place(buffer)) return a.count<C>(count) * a.size(type);
    const int rank = a.comm(comm).rank;
    if (rank < 0) return 0;
    const C own = a.array<C>(rcounts)[rank];
    return own > 0 ? static_cast<std::uint64_t>(own) * a.size(rtype) : 0;
  }
};

template <class C, int buffer, int count, int type, int rcount, int rtype, int root, int comm>
struct Gather {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    if (a.no_peer(root)) return 0;
    if (a.number(root) == abi().root)
      return a.count<C>(rcount) * a.size(rtype) * static_cast<std::uint64_t>(a.comm(comm).peers);
    return a.in_place(buffer) ? 0 : a.count<C>(count) * a.size(type);
  }
};

template <class C, int buffer, int count, int type, int rcounts, int rtype, int root, int comm>
struct Gatherv {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    if (a.no_peer(root)) return 0;
    if (a.number(root) == abi().root) return a.sum<C>(rcounts, a.comm(comm).peers) * a.size(rtype);
    return a.in_place(buffer) ? 0 : a.count<C>(count) * a.size(type);
  }
};

/// True where the root's arguments are significant.
inline bool at_root(const CallArguments& a, int root, int comm) noexcept {
  if (a.number(root) == abi().root) return true;
  const CommInfo& info = a.comm(comm);
  return !info.inter && a.number(root) == info.rank;
}

template <class C, int count, int type, int rcount, int rtype, int root, int comm>
struct Scatter {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    if (a.no_peer(root)) return 0;
    if (!at_root(a, root, comm)) return a.count<C>(rcount) * a.size(rtype);
    return a.count<C>(count) * a.size(type) * static_cast<std::uint64_t>(a.comm(comm).peers);
  }
};

template <class C, int counts, int type, int rcount, int rtype, int root, int comm>
struct Scatterv {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    if (a.no_peer(root)) return 0;
    if (!at_root(a, root, comm)) return a.count<C>(rcount) * a.size(rtype);
    return a.sum<C>(counts, a.comm(comm).peers) * a.size(type);
  }
};

template <class C, int buffer, int count, int type, int rcount, int rtype, int comm>
struct Alltoall {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    return Allgather<C, buffer, count, type, rcount, rtype>::bytes(a) *
           static_cast<std::uint64_t>(a.comm(comm).peers);
  }
};

template <class C, int buffer, int counts, int type, int rcounts, int rtype, int comm>
struct Alltoallv {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    const int peers = a.comm(comm).peers;
    return a.in_place(buffer) ? a.sum<C>(rcounts, peers) * a.size(rtype)
                              : a.sum<C>(counts, peers) * a.size(type);
  }
};

template <class C, int buffer, int counts, int types, int rcounts, int rtypes, int comm>
struct Alltoallw {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    const int peers = a.comm(comm).peers;
    return a.in_place(buffer) ? a.typed_sum<C>(rcounts, rtypes, peers)
                              : a.typed_sum<C>(counts, types, peers);
  }
};

template <class C, int counts, int type, int comm>
struct ReduceScatter {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    return a.sum<C>(counts, a.comm(comm).own) * a.size(type);
  }
};

template <class C, int count, int type, int comm>
struct ReduceScatterBlock {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    return a.count<C>(count) * a.size(type) * static_cast<std::uint64_t>(a.comm(comm).own);
  }
};

template <class C, int count, int type, int comm>
struct Neighbor {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    return a.count<C>(count) * a.size(type) *
           static_cast<std::uint64_t>(a.comm(comm).out_neighbours);
  }
};

template <class C, int counts, int type, int comm>
struct Neighborv {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    return a.sum<C>(counts, a.comm(comm).out_neighbours) * a.size(type);
  }
};

template <class C, int counts, int types, int comm>
struct Neighborw {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    return a.typed_sum<C>(counts, types, a.comm(comm).out_neighbours);
  }
};

template <class C, int partitions, int count, int type, int peer>
struct Partitioned {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    return a.count<int>(partitions) * PeerCountTimesType<C, count, type, peer>::bytes(a);
  }
};

/// Creates a request that moves nothing yet: its bytes are kept for each Start.
template <int request, class Rule>
struct Persistent {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    remember_request(a.handle_in(request, 0), Rule::bytes(a));
    return 0;
  }
};

template <int request>
struct Start {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    return bytes_of_request(a.handle_in(request, 0));
  }
};

template <int entries, int requests>
struct Startall {
  static std::uint64_t bytes(const CallArguments& a) noexcept {
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < a.count<int>(entries); ++i)
      total += bytes_of_request(a.handle_in(requests, i));
    return total;
  }
};

}  // namespace joulepath::pmpi
