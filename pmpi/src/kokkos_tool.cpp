// The entry points of Kokkos Tools: regions, kernels, deep copies and sections become phases.
// Kokkos finds them in the library that KOKKOS_TOOLS_LIBS (KOKKOS_PROFILE_LIBRARY before Kokkos
// 3.7) names. Signatures from the documentation of kokkos-tools ("Profiling Hooks") and
// Kokkos_Profiling_C_Interface.h of Kokkos 3 and 4. Kernels may be asynchronous: then the phase
// is their launch, as we ask Kokkos for no fences: a tool must not change how a program runs.
#include <atomic>
#include <cstdint>
#include <cstring>

#include "pmpi/src/ranges.hpp"

namespace joulepath::pmpi {
namespace {

constexpr Mark kRegion = pushed_mark(Annotation::kKokkos, 0);
constexpr Mark kDeepCopy = pushed_mark(Annotation::kKokkos, 1);
/// Sections are numbered by us, as kernels are, but started and stopped any number of times.
constexpr std::uint64_t kSections = std::uint64_t{1} << 40;

bool listens() noexcept {
  return listens_to(Annotation::kKokkos);
}

void begin_kernel(const char* name, std::uint64_t* kernel) noexcept {
  *kernel = new_range_number();
  if (listens()) begin_range(started_mark(Annotation::kKokkos, *kernel), name);
}

void end_kernel(std::uint64_t kernel) noexcept {
  if (listens()) stop_range(started_mark(Annotation::kKokkos, kernel));
}

/// Kokkos_Tools_ToolSettings, 256 bytes.
struct ToolSettings {
  bool requires_global_fencing;
  bool padding[255];
};

/// Kokkos_Profiling_SpaceHandle, by value.
struct SpaceHandle {
  char name[64];
};

/// The names of sections: they are started by number.
constexpr std::uint32_t kMostSections = 256;
struct SectionName {
  char text[60];
};
SectionName section_names[kMostSections];
std::atomic<std::uint32_t> section_count{0};

}  // namespace
}  // namespace joulepath::pmpi

using namespace joulepath::pmpi;  // NOLINT: the names below are another project's

#define JOULEPATH_KOKKOS extern "C" [[gnu::visibility("default")]]

JOULEPATH_KOKKOS void kokkosp_init_library(int, std::uint64_t, std::uint32_t, void*) {}
JOULEPATH_KOKKOS void kokkosp_finalize_library() {}

JOULEPATH_KOKKOS void kokkosp_request_tool_settings(std::uint32_t, ToolSettings* settings) {
  settings->requires_global_fencing = false;
}

JOULEPATH_KOKKOS void kokkosp_push_profile_region(const char* name) {
  if (listens()) begin_range(kRegion, name);
}
JOULEPATH_KOKKOS void kokkosp_pop_profile_region() {
  if (listens()) end_range(kRegion);
}

#define JOULEPATH_KERNEL(kind)                                                \
  JOULEPATH_KOKKOS void kokkosp_begin_##kind(const char* name, std::uint32_t, \
                                             std::uint64_t* kernel) {         \
    begin_kernel(name, kernel);                                               \
  }                                                                           \
  JOULEPATH_KOKKOS void kokkosp_end_##kind(std::uint64_t kernel) {            \
    end_kernel(kernel);                                                       \
  }

JOULEPATH_KERNEL(parallel_for)
JOULEPATH_KERNEL(parallel_reduce)
JOULEPATH_KERNEL(parallel_scan)

JOULEPATH_KOKKOS void kokkosp_begin_deep_copy(SpaceHandle, const char*, const void*, SpaceHandle,
                                              const char*, const void*, std::uint64_t) {
  if (listens()) begin_range(kDeepCopy, "Kokkos deep copy");
}
JOULEPATH_KOKKOS void kokkosp_end_deep_copy() {
  if (listens()) end_range(kDeepCopy);
}

JOULEPATH_KOKKOS void kokkosp_create_profile_section(const char* name, std::uint32_t* section) {
  // The last one stands for all that find no room.
  std::uint32_t number = section_count.fetch_add(1, std::memory_order_relaxed);
  if (number >= kMostSections - 1) number = kMostSections - 1;
  if (number == kMostSections - 1) name = "Kokkos sections";
  SectionName& kept = section_names[number];
  std::memcpy(kept.text, name, strnlen(name, sizeof kept.text - 1));
  *section = number;
}
JOULEPATH_KOKKOS void kokkosp_start_profile_section(std::uint32_t section) {
  if (listens() && section < kMostSections)
    begin_range(started_mark(Annotation::kKokkos, kSections + section),
                section_names[section].text);
}
JOULEPATH_KOKKOS void kokkosp_stop_profile_section(std::uint32_t section) {
  if (listens()) stop_range(started_mark(Annotation::kKokkos, kSections + section));
}
JOULEPATH_KOKKOS void kokkosp_destroy_profile_section(std::uint32_t) {}
