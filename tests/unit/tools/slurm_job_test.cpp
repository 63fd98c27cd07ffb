// What a recorder says of its Slurm job.
#include "tools/recorder/slurm_job.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

#include "tools/slurm/slurm_figures.hpp"
#include "tools/slurm/step_sessions.hpp"

namespace joulepath::tools {
namespace {

class SlurmJobTest : public ::testing::Test {
 protected:
  SlurmJobTest() { clear(); }
  ~SlurmJobTest() override { clear(); }
  static void clear() {
    for (const char* name : {"SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_JOB_NAME",
                             "SLURM_RESTART_COUNT", "SLURM_JOB_ACCOUNT"})
      ::unsetenv(name);
  }
};

TEST_F(SlurmJobTest, NamesOfTraces) {
  EXPECT_EQ(slurm_trace_name("slurm-12.0"), "joulepath-12.0.h5");
  EXPECT_EQ(slurm_trace_name("slurm-12.mpirun-7"), "joulepath-12.mpirun-7.h5");
  EXPECT_EQ(slurm_trace_name("ompi-7"), std::nullopt);
  ::setenv("SLURM_RESTART_COUNT", "0", 1);
  EXPECT_EQ(slurm_trace_name("slurm-12.0"), "joulepath-12.0.h5");
  ::setenv("SLURM_RESTART_COUNT", "2", 1);
  EXPECT_EQ(slurm_trace_name("slurm-12.0"), "joulepath-12.0.r2.h5");
  ::setenv("SLURM_RESTART_COUNT", "../x", 1);
  EXPECT_EQ(slurm_trace_name("slurm-12.0"), "joulepath-12.0.h5");
}

TEST_F(SlurmJobTest, Facts) {
  ::setenv("SLURM_JOB_NAME", "lonely", 1);
  EXPECT_TRUE(slurm_facts().empty());
  ::setenv("SLURM_JOB_ID", "12", 1);
  ::setenv("SLURM_JOB_ACCOUNT", "", 1);
  std::map<std::string, std::string> facts;
  for (const record::MetaRow& row : slurm_facts()) facts[row.key] = row.value;
  EXPECT_EQ(facts, (std::map<std::string, std::string>{{"slurm.job_id", "12"},
                                                       {"slurm.job_name", "lonely"}}));
}

TEST_F(SlurmJobTest, SessionsOfAJobAndOfAStep) {
  EXPECT_TRUE(is_session_of("slurm-12.0", "12"));
  EXPECT_TRUE(is_session_of("slurm-12.0", "12.0"));
  EXPECT_TRUE(is_session_of("slurm-12.0.r1", "12.0"));
  EXPECT_TRUE(is_session_of("slurm-12.mpirun-7", "12"));
  EXPECT_FALSE(is_session_of("slurm-12.01", "12.0"));
  EXPECT_FALSE(is_session_of("slurm-120.0", "12"));
  EXPECT_FALSE(is_session_of("ompi-12.0", "12"));
}

TEST(SlurmFigures, OfSacct) {
  EXPECT_EQ(accounted_joules("12|\n12.batch|0\n12.0|2723\n12.1|18446744073709551615x\nx\n||\n"),
            (std::map<std::string, double>{{"12.0", 2723}}));
  EXPECT_TRUE(accounted_joules("").empty());
}

TEST(SlurmFigures, OfScontrol) {
  EXPECT_EQ(shown_joules("JobId=1 TRES=cpu=3,node=3,billing=3,energy=946 X=1"), 946);
  EXPECT_EQ(shown_joules("energy=5.71K,x"), 5710);
  EXPECT_EQ(shown_joules("energy=2M"), 2e6);
  for (const char* none : {"", "JobId=1", "energy=", "energy=0", "energy=nan", "energy=x"})
    EXPECT_EQ(shown_joules(none), std::nullopt) << none;
}

}  // namespace
}  // namespace joulepath::tools
