// SPDX-License-Identifier: Apache-2.0
// Expected values were printed by Go 1.26's encoding/csv.
#include "tools/cli/line/csv.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::cli::line {
namespace {

using Fields = std::vector<std::string>;

TEST(CsvTest, FieldsAsGoReadsThem) {
  const std::vector<std::pair<std::string, Fields>> cases = {
      {"a", {"a"}},
      {"a,b", {"a", "b"}},
      {"a,", {"a", ""}},
      {",", {"", ""}},
      {"\"a,b\",c", {"a,b", "c"}},
      {"\"a\"\"b\"", {"a\"b"}},
      {"\"\"", {""}},
      {"\"\",x", {"", "x"}},
      {"a b", {"a b"}},
      {"type=oci,\"name=x,y\",dest=-", {"type=oci", "name=x,y", "dest=-"}},
  };
  for (const auto& [line, fields] : cases) {
    const absl::StatusOr<Fields> parsed = ParseCsvLine(line);
    ASSERT_TRUE(parsed.ok()) << line << ": " << parsed.status();
    EXPECT_EQ(*parsed, fields) << line;
  }
}

TEST(CsvTest, ErrorsAsGoWordsThem) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a\"b", "parse error on line 1, column 2: bare \" in non-quoted-field"},
      {" \"a\"", "parse error on line 1, column 2: bare \" in non-quoted-field"},
      {"\"a", "parse error on line 1, column 3: extraneous or missing \" in quoted-field"},
      {"\"a\"b,c", "parse error on line 1, column 3: extraneous or missing \" in quoted-field"},
      {"\"a\"\"", "parse error on line 1, column 5: extraneous or missing \" in quoted-field"},
      {"x,\"a\"z\"", "parse error on line 1, column 5: extraneous or missing \" in quoted-field"},
  };
  for (const auto& [line, message] : cases) EXPECT_EQ(ParseCsvLine(line).status(), oci::InvalidInputError(message));
}

}  // namespace
}  // namespace waybill::cli::line
