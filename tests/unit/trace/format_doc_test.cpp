// docs/format.md shows the schema exactly as the code has it. To bring the document up
// to date: JOULEPATH_UPDATE_GOLDEN=1 and run this test.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "core/trace/schema.hpp"

namespace joulepath::trace {
namespace {

constexpr const char* kDocument = JOULEPATH_SOURCE_DIR "/docs/format.md";
const std::string kBegin = "<!-- schema begins -->\n";
const std::string kEnd = "<!-- schema ends -->\n";

TEST(FormatDocument, ShowsTheSchema) {
  std::ifstream in(kDocument);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::size_t begin = text.find(kBegin);
  const std::size_t end = text.find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const std::size_t start = begin + kBegin.size();
  if (std::getenv("JOULEPATH_UPDATE_GOLDEN") != nullptr) {
    text.replace(start, end - start, schema_markdown());
    std::ofstream(kDocument) << text;
    GTEST_SKIP() << "regenerated " << kDocument;
  }
  EXPECT_EQ(text.substr(start, end - start), schema_markdown());
}

TEST(FormatDocument, EveryColumnHasUnitsAndMeaning) {
  for (const TableSchema& schema : all_tables()) {
    std::set<std::string> names;
    for (const ColumnInfo& column : schema.columns) {
      EXPECT_TRUE(names.insert(column.name).second) << column.name;
      EXPECT_STRNE(column.units, "");
      EXPECT_STRNE(column.long_name, "");
      EXPECT_GT(column.width, 0u) << schema.table.name << "/" << column.name;
      EXPECT_EQ(column.type == ElementType::kText, std::string(column.units) == "text");
    }
  }
}

}  // namespace
}  // namespace joulepath::trace
