// Which of how many this process is, by the environments that launchers make.
#include "tools/team/launch_place.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

namespace joulepath::tools {
namespace {

using Environment = std::map<std::string, std::string, std::less<>>;

Variables of(const Environment& environment) {
  return [environment](std::string_view name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  };
}

std::optional<TeamPlace> place(const Environment& own, const Environment& parent = {}) {
  return launch_place(of(own), of(parent));
}

const Environment kOpenMpi{{"OMPI_COMM_WORLD_RANK", "2"},
                           {"OMPI_COMM_WORLD_SIZE", "4"},
                           {"OMPI_MCA_ess_base_jobid", "77"}};
const Environment kStep{{"SLURM_PROCID", "1"},
                        {"SLURM_STEP_NUM_TASKS", "3"},
                        {"SLURM_JOB_ID", "12"},
                        {"SLURM_STEP_ID", "0"}};

Environment both(Environment one, const Environment& other) {
  one.insert(other.begin(), other.end());
  return one;
}

TEST(LaunchPlace, ByEachLauncher) {
  const auto open_mpi = place(kOpenMpi);
  ASSERT_TRUE(open_mpi.has_value());
  EXPECT_EQ(open_mpi->rank, 2);
  EXPECT_EQ(open_mpi->size, 4);
  EXPECT_NE(open_mpi->launch.find("77"), std::string::npos);
  const auto mpich = place({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}, {"PMI_FD", "9"}});
  ASSERT_TRUE(mpich.has_value());
  EXPECT_EQ(mpich->rank, 0);
  EXPECT_EQ(mpich->size, 2);
  EXPECT_EQ(mpich->launch, "") << "another node has other descriptors";
  const auto srun = place(kStep);
  ASSERT_TRUE(srun.has_value());
  EXPECT_EQ(srun->rank, 1);
  EXPECT_EQ(srun->size, 3);
}

TEST(LaunchPlace, AloneWhereThereIsOneOrNone) {
  EXPECT_FALSE(place({}).has_value());
  EXPECT_FALSE(place({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}).has_value());
  EXPECT_FALSE(place({{"PMI_RANK", "0"}, {"PMI_SIZE", "1"}}).has_value());
}

TEST(LaunchPlace, ABatchScriptIsNoTask) {
  EXPECT_FALSE(place({{"SLURM_PROCID", "0"},
                      {"SLURM_NTASKS", "64"},
                      {"SLURM_NPROCS", "64"},
                      {"SLURM_JOB_ID", "12"}})
                   .has_value());
}

TEST(LaunchPlace, WhatAProgramOfTheLauncherStartsIsNoneOfThem) {
  EXPECT_FALSE(place(kOpenMpi, kOpenMpi).has_value());
  EXPECT_FALSE(place(kStep, kStep).has_value());
  const Environment mpich{{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}, {"PMI_FD", "9"}};
  EXPECT_FALSE(place(mpich, mpich).has_value());
}

TEST(LaunchPlace, TheInnermostLauncherCounts) {
  // mpirun in a step: its own numbers, and those of the step, which mpirun has, too.
  const auto inner = place(both(kOpenMpi, kStep), kStep);
  ASSERT_TRUE(inner.has_value());
  EXPECT_EQ(inner->size, 4);
  // mpirun -n 1 in a step of several is one.
  const Environment one{{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}};
  EXPECT_FALSE(place(both(one, kStep), kStep).has_value());
  // A program of Open MPI starts mpiexec of MPICH.
  const auto mpich = place(both(kOpenMpi, {{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}), kOpenMpi);
  ASSERT_TRUE(mpich.has_value());
  EXPECT_EQ(mpich->size, 2);
  // The same numbers by another mpirun.
  Environment outer = kOpenMpi;
  outer["OMPI_MCA_ess_base_jobid"] = "78";
  EXPECT_TRUE(place(kOpenMpi, outer).has_value());
}

TEST(LaunchPlace, NonsenseIsNoPlace) {
  for (const char* rank : {"", "-1", "x", "4", "99999999999999999999"})
    EXPECT_FALSE(place({{"OMPI_COMM_WORLD_RANK", rank}, {"OMPI_COMM_WORLD_SIZE", "4"}}).has_value())
        << rank;
}

TEST(LaunchPlace, TheParentsVariablesAreRead) {
  ASSERT_EQ(::setenv("JOULEPATH_TEST_OWN", "here", 1), 0);
  EXPECT_EQ(own_variables()("JOULEPATH_TEST_OWN"), "here");
  EXPECT_EQ(parent_variables()("JOULEPATH_TEST_OWN"), std::nullopt);
  EXPECT_TRUE(parent_variables()("PATH").has_value());
  EXPECT_FALSE(parent_variables()("PAT").has_value()) << "the whole name counts";
}

}  // namespace
}  // namespace joulepath::tools
