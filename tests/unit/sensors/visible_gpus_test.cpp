// Which GPUs a process sees, by the variables of the three vendors.
#include "sensors/api/visible_gpus.hpp"

#include <gtest/gtest.h>

#include <map>

namespace joulepath::sensors {
namespace {

using Numbers = std::vector<std::size_t>;
using Environ = std::map<std::string, std::string, std::less<>>;

Variable of(const Environ& environ) {
  return [environ](std::string_view name) -> std::optional<std::string> {
    const auto found = environ.find(name);
    return found != environ.end() ? std::optional(found->second) : std::nullopt;
  };
}

/// In the list's order, which is not that of the bus.
const std::vector<GpuName> kSame{{"GPU-aa11", "0000:c1:00.0", "A100"},
                                 {"GPU-aa22", "0000:0a:00.0", "A100"},
                                 {"GPU-bb33", "0000:81:00.0", "A100"}};
std::vector<GpuName> mixed() {
  auto gpus = kSame;
  gpus[2].model = "T4";
  return gpus;
}

Numbers cuda(const Environ& environ, const std::vector<GpuName>& gpus = kSame) {
  const VisibleGpus visible = visible_to_cuda(of(environ), gpus);
  EXPECT_TRUE(visible.known()) << visible.unknown;
  return visible.gpus;
}

TEST(VisibleToCuda, AllOrNone) {
  EXPECT_EQ(cuda({}), (Numbers{0, 1, 2}));
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", ""}}), Numbers{});
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", "-1"}}), Numbers{});
}

TEST(VisibleToCuda, IndicesOfOneModelCountAlongTheBus) {
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", "0"}}), Numbers{1});
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", "2, 1"}}), (Numbers{0, 2}));
}

TEST(VisibleToCuda, IndicesOfSeveralModelsOnlyInTheOrderOfTheBus) {
  const VisibleGpus visible = visible_to_cuda(of({{"CUDA_VISIBLE_DEVICES", "0"}}), mixed());
  EXPECT_FALSE(visible.known());
  EXPECT_TRUE(visible.gpus.empty());
  EXPECT_NE(visible.unknown.find("CUDA_DEVICE_ORDER"), std::string::npos);
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", "0"}, {"CUDA_DEVICE_ORDER", "PCI_BUS_ID"}}, mixed()),
            Numbers{1});
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", "2,0,1"}}, mixed()), (Numbers{0, 1, 2}))
      << "all, whatever their order";
  EXPECT_FALSE(
      visible_to_cuda(of({{"CUDA_VISIBLE_DEVICES", "0"}, {"CUDA_DEVICE_ORDER", "FASTEST_FIRST"}}),
                      mixed())
          .known());
}

TEST(VisibleToCuda, UuidsNeedNoOrder) {
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", "GPU-bb33"}}, mixed()), Numbers{2});
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", "GPU-b,GPU-aa1"}}, mixed()), (Numbers{0, 2}));
}

TEST(VisibleToCuda, NothingCountsBehindWhatIsInvalid) {
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", "1,3,0"}}), Numbers{2});
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", "GPU-aa22,GPU-aa,GPU-bb33"}}), Numbers{1})
      << "a beginning that two share";
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", "0,x,1"}}), Numbers{1});
}

TEST(VisibleToCuda, UnknownIsSaid) {
  for (const char* list : {"MIG-GPU-aa11/1/0", "MIG-5f9a", "0,0", "GPU-aa11,GPU-aa11"}) {
    const VisibleGpus visible = visible_to_cuda(of({{"CUDA_VISIBLE_DEVICES", list}}), kSame);
    EXPECT_FALSE(visible.known()) << list;
    EXPECT_TRUE(visible.gpus.empty()) << list;
  }
  auto gpus = kSame;
  gpus[0].uuid.clear();
  EXPECT_FALSE(visible_to_cuda(of({{"CUDA_VISIBLE_DEVICES", "GPU-cc"}}), gpus).known());
}

TEST(VisibleToCuda, NoGpu) {
  EXPECT_EQ(cuda({{"CUDA_VISIBLE_DEVICES", "0"}}, {}), Numbers{});
  EXPECT_EQ(cuda({}, {}), Numbers{});
}

TEST(VisibleToRocm, UuidsAndAll) {
  EXPECT_EQ(visible_to_rocm(of({}), kSame).gpus, (Numbers{0, 1, 2}));
  EXPECT_EQ(visible_to_rocm(of({{"ROCR_VISIBLE_DEVICES", "GPU-bb33"}}), kSame).gpus, Numbers{2});
  EXPECT_EQ(visible_to_rocm(of({{"ROCR_VISIBLE_DEVICES", "0,1,2"}}), kSame).gpus,
            (Numbers{0, 1, 2}));
}

TEST(VisibleToRocm, IndicesAreNotDocumented) {
  EXPECT_FALSE(visible_to_rocm(of({{"ROCR_VISIBLE_DEVICES", "0"}}), kSame).known());
  EXPECT_FALSE(visible_to_rocm(of({{"HIP_VISIBLE_DEVICES", "0"}}), kSame).known());
  EXPECT_FALSE(visible_to_rocm(of({{"ROCR_VISIBLE_DEVICES", "GPU-bb33,0"}}), kSame).known());
}

TEST(VisibleToRocm, HipCountsWhatRocrLeft) {
  const VisibleGpus one = visible_to_rocm(
      of({{"ROCR_VISIBLE_DEVICES", "GPU-bb33"}, {"HIP_VISIBLE_DEVICES", "0"}}), kSame);
  EXPECT_TRUE(one.known());
  EXPECT_EQ(one.gpus, Numbers{2});
  const VisibleGpus none = visible_to_rocm(
      of({{"ROCR_VISIBLE_DEVICES", "GPU-bb33"}, {"HIP_VISIBLE_DEVICES", "1"}}), kSame);
  EXPECT_TRUE(none.known());
  EXPECT_TRUE(none.gpus.empty());
}

TEST(VisibleToLevelZero, OnlyWhatIsDocumented) {
  EXPECT_EQ(visible_to_level_zero(of({}), kSame).gpus, (Numbers{0, 1, 2}));
  Environ environ{{"ZE_AFFINITY_MASK", "0,2.1,2.0"}};
  EXPECT_FALSE(visible_to_level_zero(of(environ), kSame).known());
  environ["ZE_FLAT_DEVICE_HIERARCHY"] = "COMPOSITE";
  EXPECT_FALSE(visible_to_level_zero(of(environ), kSame).known());
  environ["ZE_ENABLE_PCI_ID_DEVICE_ORDER"] = "1";
  EXPECT_EQ(visible_to_level_zero(of(environ), kSame).gpus, (Numbers{0, 1}));
  environ["ZE_AFFINITY_MASK"] = "7";
  EXPECT_FALSE(visible_to_level_zero(of(environ), kSame).known());
}

}  // namespace
}  // namespace joulepath::sensors
