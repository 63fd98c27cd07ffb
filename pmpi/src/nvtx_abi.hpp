// The part of NVTX's injection interface that we use, as types of our own. From nvToolsExt.h and
// nvtxDetail/nvtxTypes.h of NVTX 3 (github.com/NVIDIA/NVTX): the first call of NVTX in each
// library of a program loads the library that NVTX_INJECTION64_PATH names, and calls its
// InitializeInjectionNvtx2 with a function that gives tables of the places where the addresses
// of its functions are to be written. NVTX 2 (libnvToolsExt) does the same.
#pragma once

#include <cstddef>
#include <cstdint>

namespace joulepath::pmpi::nvtx {

/// NvtxExportTableID.
inline constexpr std::uint32_t kCallbacks = 1;
/// NvtxCallbackModule.
inline constexpr int kCore = 1;
inline constexpr int kCore2 = 5;

/// NvtxCallbackIdCore: places in the table of kCore.
enum Core : unsigned {
  kRangeStartEx = 4,
  kRangeStartA = 5,
  kRangeStartW = 6,
  kRangeEnd = 7,
  kRangePushEx = 8,
  kRangePushA = 9,
  kRangePushW = 10,
  kRangePop = 11,
};
/// NvtxCallbackIdCore2: places in the table of kCore2.
enum Core2 : unsigned {
  kDomainRangeStartEx = 2,
  kDomainRangeEnd = 3,
  kDomainRangePushEx = 4,
  kDomainRangePop = 5,
  kDomainRegisterStringA = 10,
  kDomainRegisterStringW = 11,
  kDomainCreateA = 12,
  kDomainCreateW = 13,
};

using Function = void (*)();
using Table = Function**;  ///< an array of pointers to where a function's address is kept
struct CallbackTables {
  std::size_t size;
  int (*module_table)(int module, Table* table, unsigned* entries);
};
using GetExportTable = const void* (*)(std::uint32_t id);

/// nvtxMessageType_t.
inline constexpr std::int32_t kAscii = 1;
inline constexpr std::int32_t kUnicode = 2;
inline constexpr std::int32_t kRegistered = 3;

/// nvtxEventAttributes_v2.
struct EventAttributes {
  std::uint16_t version;
  std::uint16_t size;
  std::uint32_t category;
  std::int32_t color_type;
  std::uint32_t color;
  std::int32_t payload_type;
  std::int32_t reserved;
  std::uint64_t payload;
  std::int32_t message_type;
  const void* message;
};
static_assert(sizeof(EventAttributes) == 48 && offsetof(EventAttributes, message_type) == 32 &&
              offsetof(EventAttributes, message) == 40);

/// What push and pop return where no tool counts levels, as in a program without one.
inline constexpr int kNoTracking = -2;

}  // namespace joulepath::pmpi::nvtx
