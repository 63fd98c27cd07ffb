// Files in shared memory, with pages that exist before they are used: a store to a page
// that a full /dev/shm cannot provide would kill the job by SIGBUS.
#pragma once

#include <cstddef>

namespace joulepath::pmpi {

/// Creates and maps a sparse file of `bytes`, its first `populated` bytes allocated and
/// touched; a file of that name is removed first. Returns 0 or an errno, with nothing left.
int create_shared_file(const char* path, std::size_t bytes, std::size_t populated,
                       void** mapped) noexcept;

/// Allocates and touches [begin, begin + bytes) of the mapped file. Returns 0 or an errno.
int populate_shared_file(const char* path, void* mapped, std::size_t begin,
                         std::size_t bytes) noexcept;

}  // namespace joulepath::pmpi
