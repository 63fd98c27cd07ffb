// Small runs become one whole file, large ones a master, unless the user says otherwise.
#include "tools/recorder/trace_form.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::tools {
namespace {

using trace::Form;

class TraceForm : public ::testing::Test {
 protected:
  void add_nodes(std::size_t count, std::uintmax_t bytes) {
    for (std::size_t n = 0; n < count; ++n) {
      const std::string name = "node-" + std::to_string(n);
      folder_.write(name + ".h5", "");
      folder_.write(name + ".1-1.done", "");
      std::filesystem::resize_file(folder_.path() / (name + ".h5"), bytes);
    }
  }
  [[nodiscard]] Form form(const char* setting) const { return trace_form(setting, folder_.path()); }
  test::TemporaryFolder folder_;
};

TEST_F(TraceForm, FewNodesAndBytes) {
  add_nodes(kMostNodesWhole, kMostBytesWhole / kMostNodesWhole);
  EXPECT_EQ(form("auto"), Form::kWhole);
  EXPECT_EQ(form("master"), Form::kMaster);
}

TEST_F(TraceForm, ManyNodes) {
  add_nodes(kMostNodesWhole + 1, 1);
  EXPECT_EQ(form("auto"), Form::kMaster);
  EXPECT_EQ(form("whole"), Form::kWhole);
}

TEST_F(TraceForm, ManyBytes) {
  add_nodes(2, kMostBytesWhole / 2 + 1);
  EXPECT_EQ(form("auto"), Form::kMaster);
}

TEST_F(TraceForm, NoFolder) {
  EXPECT_EQ(trace_form("auto", folder_.path() / "none"), Form::kWhole);
}

}  // namespace
}  // namespace joulepath::tools
