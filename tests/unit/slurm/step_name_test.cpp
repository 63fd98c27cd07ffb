#include "slurm/spank/step_name.hpp"

#include <gtest/gtest.h>

namespace joulepath::slurm {
namespace {

TEST(StepName, OfAStepAndOfShells) {
  EXPECT_EQ(step_name({12, 0}), "12.0");
  EXPECT_EQ(session_name({4294967294u, 3}), "slurm-4294967294.3");
  EXPECT_FALSE((Step{12, 0}).is_shell());
  EXPECT_FALSE((Step{12, kExternStep}).is_shell());
  EXPECT_TRUE((Step{12, kBatchStep}).is_shell());
  EXPECT_TRUE((Step{12, kInteractiveStep}).is_shell());
}

TEST(StepName, DaemonsOfLaunchers) {
  for (const char* daemon : {"orted", "/usr/bin/orted", "prted", "hydra_pmi_proxy"})
    EXPECT_TRUE(is_launch_daemon(daemon)) << daemon;
  for (const char* program : {"", "./app", "orted/app", "myorted"})
    EXPECT_FALSE(is_launch_daemon(program)) << program;
}

}  // namespace
}  // namespace joulepath::slurm
