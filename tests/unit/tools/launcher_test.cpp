// Launchers: which one a command is, and how variables get to its ranks.
#include "tools/launch/launcher.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/support/temporary_folder.hpp"
#include "tools/launch/environment_with.hpp"
#include "tools/launch/find_program.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

const std::map<std::string, std::string> kVariables{{"JOULEPATH_SESSION", "run-1-2"},
                                                    {"LD_PRELOAD", "/l/libjoulepath.so"}};

fs::path script(const test::TemporaryFolder& folder, const std::string& name,
                const std::string& prints) {
  const fs::path file = folder.write(name, "#!/bin/sh\n" + prints + "\n");
  fs::permissions(file, fs::perms::owner_all);
  return file;
}

TEST(Launcher, ByName) {
  for (const char* name : {"mpirun.openmpi", "/usr/bin/mpiexec.openmpi", "orterun", "prterun"})
    EXPECT_EQ(identify_launcher(name), Launcher::kOpenMpi) << name;
  for (const char* name : {"mpirun.mpich", "mpiexec.hydra", "/opt/mpich/bin/mpiexec.hydra"})
    EXPECT_EQ(identify_launcher(name), Launcher::kHydra) << name;
  EXPECT_EQ(identify_launcher("/usr/bin/srun"), Launcher::kSrun);
  for (const char* name : {"./solver", "bash", "srun.sh", "my-mpirun", "python3", ""})
    EXPECT_EQ(identify_launcher(name), Launcher::kNone) << name;
  EXPECT_EQ(identify_launcher("/no/such/folder/mpirun"), Launcher::kNone);
}

TEST(Launcher, ByWhatItSaysOfItself) {
  const test::TemporaryFolder folder;
  const std::pair<const char*, Launcher> versions[] = {
      {"echo 'mpirun (Open MPI) 4.1.4'", Launcher::kOpenMpi},
      {"echo 'prterun (PRRTE) 3.0.1'", Launcher::kOpenMpi},
      {"echo 'HYDRA build details:'", Launcher::kHydra},
      {"echo 'Intel(R) MPI Library for Linux* OS'", Launcher::kHydra},
      {"echo 'unheard of'; exit 1", Launcher::kNone},
      {"echo 'mpirun (Open MPI) 4.1.4' >&2", Launcher::kOpenMpi},
      {"cat; echo 'mpirun (Open MPI) 4.1.4'", Launcher::kOpenMpi}};  // waits for no input
  for (const auto& [prints, launcher] : versions)
    EXPECT_EQ(identify_launcher(script(folder, "mpirun", prints)), launcher) << prints;
}

TEST(Launcher, InstalledOnesThroughTheirLinks) {
  const std::pair<const char*, Launcher> installed[] = {{"mpirun.openmpi", Launcher::kOpenMpi},
                                                        {"mpiexec.mpich", Launcher::kHydra}};
  int tried = 0;
  for (const auto& [name, launcher] : installed) {
    const auto program = find_program(name);
    if (!program) continue;
    ++tried;
    const test::TemporaryFolder folder;
    for (const char* alias : {"mpirun", "mpiexec"}) {
      fs::create_symlink(*program, folder.path() / alias);
      EXPECT_EQ(identify_launcher(folder.path() / alias), launcher) << name << " as " << alias;
    }
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", (folder.path().string() + ":" + path).c_str(), 1);
    EXPECT_EQ(identify_launcher("mpirun"), launcher) << name;
    ::setenv("PATH", path.c_str(), 1);
  }
  if (tried == 0) GTEST_SKIP() << "neither mpirun.openmpi nor mpiexec.mpich is installed";
}

TEST(Launcher, VariablesStandBeforeTheLaunchersOwnOptions) {
  const Words command{"mpirun", "-n", "4", "./app", "-x"};
  EXPECT_EQ(with_variables(command, Launcher::kOpenMpi, kVariables),
            (Words{"mpirun", "-x", "JOULEPATH_SESSION=run-1-2", "-x",
                   "LD_PRELOAD=/l/libjoulepath.so", "-n", "4", "./app", "-x"}));
  EXPECT_EQ(with_variables({"mpirun", "./a", ":", "./b"}, Launcher::kOpenMpi, kVariables),
            (Words{"mpirun", "-x", "JOULEPATH_SESSION=run-1-2", "-x",
                   "LD_PRELOAD=/l/libjoulepath.so", "./a", ":", "-x", "JOULEPATH_SESSION=run-1-2",
                   "-x", "LD_PRELOAD=/l/libjoulepath.so", "./b"}));
  EXPECT_EQ(with_variables(command, Launcher::kHydra, kVariables),
            (Words{"mpirun", "-genv", "JOULEPATH_SESSION", "run-1-2", "-genv", "LD_PRELOAD",
                   "/l/libjoulepath.so", "-n", "4", "./app", "-x"}));
  EXPECT_EQ(with_variables(command, Launcher::kSrun, kVariables), command);
  EXPECT_EQ(with_variables(command, Launcher::kNone, kVariables), command);
}

TEST(Launcher, WhoPassesTheEnvironmentOn) {
  EXPECT_TRUE(own_environment(Launcher::kNone));
  EXPECT_TRUE(own_environment(Launcher::kSrun));
  EXPECT_FALSE(own_environment(Launcher::kOpenMpi));
  EXPECT_FALSE(own_environment(Launcher::kHydra));
}

TEST(Launcher, PreloadKeepsWhatIsThere) {
  EXPECT_EQ(preload_value("/l/a.so", nullptr), "/l/a.so");
  EXPECT_EQ(preload_value("/l/a.so", ""), "/l/a.so");
  EXPECT_EQ(preload_value("/l/a.so", "/b.so:/c.so"), "/l/a.so:/b.so:/c.so");
}

TEST(FindProgram, AsTheShellDoes) {
  const test::TemporaryFolder folder;
  const fs::path program = script(folder, "prog", "true");
  const fs::path data = folder.write("data", "x");
  EXPECT_EQ(find_program(program), program);
  EXPECT_FALSE(find_program(data));           // not executable
  EXPECT_FALSE(find_program(folder.path()));  // a folder
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", ("/nonexistent:" + folder.path().string()).c_str(), 1);
  EXPECT_EQ(find_program("prog"), program);
  EXPECT_FALSE(find_program("data"));
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_FALSE(find_program("prog"));
}

TEST(EnvironmentWith, ChangesAddAndRemove) {
  ::setenv("JOULEPATH_TEST_A", "1", 1);
  ::setenv("JOULEPATH_TEST_B", "2", 1);
  const auto count = [](const Words& words, const std::string& begin) {
    return std::count_if(words.begin(), words.end(),
                         [&](const std::string& word) { return word.starts_with(begin); });
  };
  const Words all = environment_with(
      {{"JOULEPATH_TEST_A", "x=y"}, {"JOULEPATH_TEST_B", ""}, {"JOULEPATH_TEST_C", "3"}});
  EXPECT_EQ(count(all, "JOULEPATH_TEST_A=x=y"), 1);
  EXPECT_EQ(count(all, "JOULEPATH_TEST_A"), 1);
  EXPECT_EQ(count(all, "JOULEPATH_TEST_B"), 0);
  EXPECT_EQ(count(all, "JOULEPATH_TEST_C=3"), 1);
  EXPECT_EQ(count(all, "PATH="), 1);
  EXPECT_EQ(pointers(all).size(), all.size() + 1);
  EXPECT_EQ(pointers(all).back(), nullptr);
  ::unsetenv("JOULEPATH_TEST_A");
  ::unsetenv("JOULEPATH_TEST_B");
}

}  // namespace
}  // namespace joulepath::tools
