#include "tools/daemon/admissions.hpp"

#include <gtest/gtest.h>

namespace joulepath::daemon {
namespace {

TEST(Admissions, WhileAUserHasAJob) {
  Admissions admissions({});
  EXPECT_FALSE(admissions.may_map(1000));
  EXPECT_TRUE(admissions.admit(1000, 1));
  EXPECT_TRUE(admissions.admit(1000, 1));  // the Prolog may run twice
  EXPECT_TRUE(admissions.admit(1000, 2));
  admissions.dismiss(1000, 1);
  EXPECT_TRUE(admissions.may_map(1000));
  EXPECT_FALSE(admissions.may_map(1001));
  admissions.dismiss(1000, 1);
  admissions.dismiss(1001, 2);
  EXPECT_TRUE(admissions.may_map(1000));
  EXPECT_FALSE(admissions.no_jobs());
  admissions.dismiss(1000, 2);
  EXPECT_FALSE(admissions.may_map(1000));
  EXPECT_TRUE(admissions.no_jobs());
}

TEST(Admissions, ThoseOfTheAdministrator) {
  Admissions admissions({7});
  EXPECT_TRUE(admissions.may_map(7));
  EXPECT_TRUE(admissions.no_jobs());
  admissions.admit(7, 1);
  admissions.dismiss(7, 1);
  EXPECT_TRUE(admissions.may_map(7));
}

TEST(Admissions, AreBounded) {
  Admissions admissions({});
  for (std::uint32_t job = 1; job <= Admissions::kMostJobs; ++job)
    EXPECT_TRUE(admissions.admit(1000, job));
  EXPECT_FALSE(admissions.admit(1000, 5000));
  EXPECT_FALSE(admissions.admit(1001, 1));
  EXPECT_FALSE(admissions.may_map(1001));
}

}  // namespace
}  // namespace joulepath::daemon
