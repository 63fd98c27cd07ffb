// The table of MPI functions as a trace names them.
#include "core/record/functions.hpp"

#include <gtest/gtest.h>

#include "core/record/channel_layout.hpp"

#include <set>
#include <string>

namespace joulepath::record {
namespace {

const FunctionRow* row_named(const std::string& name) {
  for (const FunctionRow& row : function_rows())
    if (row.name == name) return &row;
  return nullptr;
}

TEST(Functions, KeysAreTheirPlaces) {
  const auto& rows = function_rows();
  ASSERT_GT(rows.size(), 400u);
  for (std::size_t key = 0; key < rows.size(); ++key) EXPECT_EQ(rows[key].function, key);
}

TEST(Functions, NamesAreUnique) {
  const auto& rows = function_rows();
  std::set<std::string> names;
  for (const FunctionRow& row : rows) EXPECT_TRUE(names.insert(row.name).second) << row.name;
  for (std::size_t key = 1; key + 1 < rows.size(); ++key)
    EXPECT_TRUE(rows[key].name.starts_with("MPI_") || rows[key].name.starts_with("OpenMP "))
        << rows[key].name;
}

TEST(Functions, ClassesAreKnown) {
  const std::set<std::string> known{"compute", "init", "wait",  "transfer", "rma",
                                    "io",      "comm", "local", "threads",  "thread_wait"};
  for (const FunctionRow& row : function_rows())
    EXPECT_TRUE(known.contains(row.class_name)) << row.name << " " << row.class_name;
}

TEST(Functions, ClassOfWellKnownOnes) {
  const std::pair<const char*, const char*> expected[] = {
      {"(compute)", "compute"},  {"MPI_Init", "init"},         {"MPI_Wait", "wait"},
      {"MPI_Barrier", "wait"},   {"MPI_Send", "transfer"},     {"MPI_Allreduce", "transfer"},
      {"MPI_Put", "rma"},        {"MPI_File_write_all", "io"}, {"MPI_Comm_split", "comm"},
      {"MPI_Comm_rank", "local"}};
  for (const auto& [name, class_name] : expected) {
    const FunctionRow* row = row_named(name);
    ASSERT_NE(row, nullptr) << name;
    EXPECT_EQ(row->class_name, class_name) << name;
  }
  EXPECT_EQ(row_named("(compute)")->function, 0u);
}

TEST(Functions, OfThreadsHaveNumbersOfTheirOwn) {
  EXPECT_EQ(function_key(450), 450u);
  const auto key = [](ThreadFunction function) {
    return function_key(
        static_cast<std::uint16_t>(kFirstThreadFunction + static_cast<std::uint16_t>(function)));
  };
  EXPECT_EQ(key(ThreadFunction::kParallel), row_named("OpenMP parallel")->function);
  EXPECT_EQ(key(ThreadFunction::kOrdered), row_named("OpenMP ordered")->function);
  EXPECT_EQ(key(ThreadFunction::kOrdered) + 1, overflow_function_key());
  EXPECT_LT(function_rows().size(), kFirstThreadFunction);
  for (const std::uint16_t unknown : {std::uint16_t{999}, std::uint16_t{1008}, kOverflowFunction})
    EXPECT_EQ(function_key(unknown), overflow_function_key()) << unknown;
}

TEST(Functions, TheLastStandsForCallsWithoutACell) {
  EXPECT_EQ(overflow_function_key(), function_rows().size() - 1);
  EXPECT_EQ(function_rows().back().name, "(other MPI calls)");
}

}  // namespace
}  // namespace joulepath::record
