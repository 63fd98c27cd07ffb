// NVTX (NVIDIA's annotations): ranges become phases; marks, names and colours are left out.
// The domain of a range tells which push a pop belongs to, and is no part of the phase's name.
// NVTX_INJECTION64_PATH has to name this library; `joulepath run` sees to that.
#include <atomic>
#include <cstring>
#include <cwchar>

#include "pmpi/src/nvtx_abi.hpp"
#include "pmpi/src/ranges.hpp"

namespace joulepath::pmpi {
namespace {

/// A message as far as phases keep it, and a byte to see that it was longer.
struct Text {
  char bytes[64];
};

Text utf8_of(const wchar_t* wide) noexcept {
  Text text{};
  std::size_t length = 0;
  for (; wide != nullptr && *wide != L'\0' && length + 5 < sizeof text.bytes; ++wide) {
    const auto code = static_cast<std::uint32_t>(*wide);
    const auto add = [&](std::uint32_t byte) {
      text.bytes[length++] = static_cast<char>(static_cast<unsigned char>(byte));
    };
    if (code < 0x80) {
      add(code);
    } else if (code < 0x800) {
      add(0xc0 | code >> 6);
      add(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      add(0xe0 | code >> 12);
      add(0x80 | (code >> 6 & 0x3f));
      add(0x80 | (code & 0x3f));
    } else {
      add(0xf0 | (code >> 18 & 0x07));
      add(0x80 | (code >> 12 & 0x3f));
      add(0x80 | (code >> 6 & 0x3f));
      add(0x80 | (code & 0x3f));
    }
  }
  return text;
}

/// Texts that a program registers once and names by handle. A handle is the address of its
/// text; without room it is null, and the range "(unnamed)".
constexpr std::uint32_t kMostStrings = 1024;
Text strings[kMostStrings];
std::atomic<std::uint32_t> string_count{0};

const void* keep(const char* message) noexcept {
  if (message == nullptr) return nullptr;
  const std::uint32_t place = string_count.fetch_add(1, std::memory_order_relaxed);
  if (place >= kMostStrings) {
    string_count.store(kMostStrings, std::memory_order_relaxed);
    return nullptr;
  }
  std::memcpy(strings[place].bytes, message, strnlen(message, sizeof strings[place].bytes - 1));
  return &strings[place];
}

/// Domains are told apart by handle alone.
std::atomic<std::uintptr_t> domain_count{0};

const void* new_domain() noexcept {
  return reinterpret_cast<const void*>(domain_count.fetch_add(1, std::memory_order_relaxed) + 1);
}

Mark pushed_in(const void* domain) noexcept {
  return pushed_mark(Annotation::kNvtx, reinterpret_cast<std::uintptr_t>(domain));
}

Mark started(std::uint64_t number) noexcept {
  return started_mark(Annotation::kNvtx, number);
}

/// Begins a range with whatever message it has.
void begin_with(Mark mark, const nvtx::EventAttributes* attributes) noexcept {
  const void* message = attributes != nullptr ? attributes->message : nullptr;
  const std::int32_t type = attributes != nullptr ? attributes->message_type : 0;
  if (type == nvtx::kUnicode) {
    begin_range(mark, utf8_of(static_cast<const wchar_t*>(message)).bytes);
  } else {
    const bool text = type == nvtx::kAscii || type == nvtx::kRegistered;
    begin_range(mark, text ? static_cast<const char*>(message) : nullptr);
  }
}

std::uint64_t start_with(const nvtx::EventAttributes* attributes) noexcept {
  const std::uint64_t number = new_range_number();
  begin_with(started(number), attributes);
  return number;
}

int push_a(const char* message) {
  begin_range(pushed_in(nullptr), message);
  return nvtx::kNoTracking;
}
int push_w(const wchar_t* message) {
  begin_range(pushed_in(nullptr), utf8_of(message).bytes);
  return nvtx::kNoTracking;
}
int push_ex(const nvtx::EventAttributes* attributes) {
  begin_with(pushed_in(nullptr), attributes);
  return nvtx::kNoTracking;
}
int pop() {
  end_range(pushed_in(nullptr));
  return nvtx::kNoTracking;
}
std::uint64_t start_a(const char* message) {
  const std::uint64_t number = new_range_number();
  begin_range(started(number), message);
  return number;
}
std::uint64_t start_w(const wchar_t* message) {
  const std::uint64_t number = new_range_number();
  begin_range(started(number), utf8_of(message).bytes);
  return number;
}
std::uint64_t start_ex(const nvtx::EventAttributes* attributes) {
  return start_with(attributes);
}
void end(std::uint64_t number) {
  stop_range(started(number));
}
int domain_push_ex(const void* domain, const nvtx::EventAttributes* attributes) {
  begin_with(pushed_in(domain), attributes);
  return nvtx::kNoTracking;
}
int domain_pop(const void* domain) {
  end_range(pushed_in(domain));
  return nvtx::kNoTracking;
}
std::uint64_t domain_start_ex(const void*, const nvtx::EventAttributes* attributes) {
  return start_with(attributes);
}
void domain_end(const void*, std::uint64_t number) {
  stop_range(started(number));
}
const void* register_a(const void*, const char* message) {
  return keep(message);
}
const void* register_w(const void*, const wchar_t* message) {
  return keep(utf8_of(message).bytes);
}
const void* create_a(const char*) {
  return new_domain();
}
const void* create_w(const wchar_t*) {
  return new_domain();
}

template <class Function>
void put(nvtx::Table table, unsigned entries, unsigned place, Function* function) noexcept {
  if (place < entries && table[place] != nullptr)
    *table[place] = reinterpret_cast<nvtx::Function>(function);
}

bool module_table(const nvtx::CallbackTables& tables, int module, nvtx::Table& table,
                  unsigned& entries) noexcept {
  return tables.module_table(module, &table, &entries) != 0 && table != nullptr;
}

}  // namespace
}  // namespace joulepath::pmpi

/// 0: NVTX stays as without a tool.
extern "C" [[gnu::visibility("default")]] int InitializeInjectionNvtx2(
    joulepath::pmpi::nvtx::GetExportTable get_export_table) {
  using namespace joulepath::pmpi;
  if (!listens_to(Annotation::kNvtx)) return 0;
  const auto* tables = static_cast<const nvtx::CallbackTables*>(get_export_table(nvtx::kCallbacks));
  if (tables == nullptr || tables->size < sizeof *tables) return 0;
  nvtx::Table table = nullptr;
  unsigned entries = 0;
  if (!module_table(*tables, nvtx::kCore, table, entries)) return 0;
  put(table, entries, nvtx::kRangeStartEx, &start_ex);
  put(table, entries, nvtx::kRangeStartA, &start_a);
  put(table, entries, nvtx::kRangeStartW, &start_w);
  put(table, entries, nvtx::kRangeEnd, &end);
  put(table, entries, nvtx::kRangePushEx, &push_ex);
  put(table, entries, nvtx::kRangePushA, &push_a);
  put(table, entries, nvtx::kRangePushW, &push_w);
  put(table, entries, nvtx::kRangePop, &pop);
  // Domains came with NVTX 2's second version.
  if (module_table(*tables, nvtx::kCore2, table, entries)) {
    put(table, entries, nvtx::kDomainRangeStartEx, &domain_start_ex);
    put(table, entries, nvtx::kDomainRangeEnd, &domain_end);
    put(table, entries, nvtx::kDomainRangePushEx, &domain_push_ex);
    put(table, entries, nvtx::kDomainRangePop, &domain_pop);
    put(table, entries, nvtx::kDomainRegisterStringA, &register_a);
    put(table, entries, nvtx::kDomainRegisterStringW, &register_w);
    put(table, entries, nvtx::kDomainCreateA, &create_a);
    put(table, entries, nvtx::kDomainCreateW, &create_w);
  }
  return 1;
}
