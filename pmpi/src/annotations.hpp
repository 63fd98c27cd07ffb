// Which of the interfaces that programs and runtimes have for tools we listen to.
#pragma once

#include <cstdint>

namespace joulepath::pmpi {

/// JOULEPATH_DISABLE asks for nothing at all.
bool disabled() noexcept;

enum class Annotation : std::uint8_t { kOpenMp, kNvtx, kRoctx, kKokkos };

/// JOULEPATH_ANNOTATIONS is a list with commas of "openmp", "nvtx", "roctx" and "kokkos"; not
/// set or "all": all of them; "none": none. Never with JOULEPATH_DISABLE. Any thread.
bool listens_to(Annotation annotation) noexcept;

}  // namespace joulepath::pmpi
