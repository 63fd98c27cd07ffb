#include "pmpi/src/annotations.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace joulepath::pmpi {
namespace {

constexpr const char* kNames[] = {"openmp", "nvtx", "roctx", "kokkos"};
constexpr unsigned kAll = 0xf;
constexpr unsigned kKnown = 0x10;  ///< the environment was read

unsigned from_environment() noexcept {
  if (disabled()) return 0;
  const char* list = std::getenv("JOULEPATH_ANNOTATIONS");
  if (list == nullptr || *list == '\0' || std::strcmp(list, "all") == 0) return kAll;
  unsigned wanted = 0;
  for (const char* word = list; *word != '\0';) {
    const std::size_t length = std::strcspn(word, ",");
    for (unsigned i = 0; i < 4; ++i)
      if (std::strlen(kNames[i]) == length && std::strncmp(word, kNames[i], length) == 0)
        wanted |= 1u << i;
    word += length + (word[length] == ',' ? 1 : 0);
  }
  return wanted;
}

}  // namespace

bool disabled() noexcept {
  const char* off = std::getenv("JOULEPATH_DISABLE");
  return off != nullptr && *off != '\0' && std::strcmp(off, "0") != 0;
}

bool listens_to(Annotation annotation) noexcept {
  static std::atomic<unsigned> known{0};
  unsigned wanted = known.load(std::memory_order_relaxed);
  if (wanted == 0) {
    wanted = from_environment() | kKnown;
    known.store(wanted, std::memory_order_relaxed);
  }
  return (wanted >> static_cast<unsigned>(annotation) & 1u) != 0;
}

}  // namespace joulepath::pmpi
