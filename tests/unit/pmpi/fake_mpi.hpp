// A tiny "MPI" that answers the queries of pmpi/src/handle_cache from what a test has
// set. Built twice, as a shared library: looking like Open MPI (handles are addresses)
// and like MPICH (handles are ints), with only the marks by which pmpi/src/abi tells them.
#pragma once

#include <cstdint>
#include <map>

namespace joulepath::fake_mpi {

/// As the library sees a handle: MPICH's have 32 bits, whatever stands above them.
#ifdef JOULEPATH_FAKE_MPICH
using Handle = std::int32_t;
constexpr std::intptr_t kInPlace = -1;
constexpr int kProcNull = -1, kRoot = -3;
constexpr int kGraph = 1, kCart = 2, kDistGraph = 3;
#else
using Handle = std::intptr_t;
constexpr std::intptr_t kInPlace = 1;
constexpr int kProcNull = -2, kRoot = -4;
constexpr int kCart = 1, kGraph = 2, kDistGraph = 3;
#endif

struct Comm {
  int size = 1;
  int rank = 0;
  int remote_size = -1;  ///< -1: no intercommunicator
  int topology = -1;
  int neighbours = 0;  ///< dimensions of a grid, else outgoing edges
};

struct World {
  std::map<Handle, long long> types;
  std::map<Handle, Comm> comms;
  int type_queries = 0;
  int comm_queries = 0;
};

World& world();

}  // namespace joulepath::fake_mpi
