// What a recorder says of its Slurm job.
#include "tools/recorder/slurm_job.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

#include "tools/slurm/job_comment.hpp"
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
  EXPECT_EQ(shown_joules("JobId=1 TRES=cpu=3,node=3,billing=3,energy=946 X=1\n", "1"), 946);
  EXPECT_EQ(shown_joules("JobId=1 energy=5.71K,x", "1"), 5710);
  EXPECT_EQ(shown_joules("JobId=1 energy=2M", "1"), 2e6);
  for (const char* none :
       {"", "JobId=1 ", "JobId=1 energy=", "JobId=1 energy=0", "JobId=1 energy=nan",
        "JobId=1 energy=x", "energy=3", "JobId=12 energy=3"})
    EXPECT_EQ(shown_joules(none, "1"), std::nullopt) << none;
}

TEST(SlurmFigures, OfPartsAndTasks) {
  const std::string parts =
      "JobId=7 HetJobId=7 HetJobOffset=0 energy=20\nJobId=8 HetJobId=7 HetJobOffset=1 energy=3\n";
  EXPECT_EQ(shown_joules(parts, "7"), 23);
  EXPECT_EQ(shown_joules(parts + "JobId=9 HetJobId=7 HetJobOffset=2 X=1\n", "7"), std::nullopt);
  EXPECT_EQ(shown_joules("JobId=8 ArrayJobId=7 energy=20\nJobId=7 ArrayJobId=7 energy=3\n", "7"),
            3);
}

TEST(JobComment, OfSqueue) {
  const auto read = [](std::string_view lines) -> std::string {
    const auto found = comment_of(lines, "12");
    return found ? found->id + "|" + found->text : "none";
  };
  EXPECT_EQ(read("12 12 (null)\n"), "12|");
  EXPECT_EQ(read("12 12 my own, text | x\n"), "12|my own, text | x");
  EXPECT_EQ(read("120 120 a\n12 12_3 b\n11 11 c\n"), "12_3|b");
  EXPECT_EQ(read("12 12+0 \n13 12+1 x\n"), "12+0|");
  EXPECT_EQ(read("12 12"), "12|");
  EXPECT_EQ(read("120 120 a\n"), "none");
  EXPECT_EQ(read("slurm_load_jobs error: Invalid job id specified\n"), "none");
  EXPECT_EQ(read("12 12 two\nlines\n"), "none");
  EXPECT_EQ(read(""), "none");
}

TEST(JobComment, KeepsWhatTheUserWrote) {
  EXPECT_EQ(with_our_part("", "joulepath: 1 J"), "joulepath: 1 J");
  EXPECT_EQ(with_our_part("mine", "joulepath: 1 J"), "mine; joulepath: 1 J");
  EXPECT_EQ(with_our_part("mine; joulepath: 1 J", "joulepath: 2 J"), "mine; joulepath: 2 J");
  EXPECT_EQ(with_our_part("joulepath: 1 J", "joulepath: 2 J"), "joulepath: 2 J");
  EXPECT_EQ(with_our_part("of joulepath: x", "joulepath: 2 J"), "of joulepath: x; joulepath: 2 J");
}

}  // namespace
}  // namespace joulepath::tools
