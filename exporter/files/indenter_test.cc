// SPDX-License-Identifier: Apache-2.0
// Expected texts: Go's json.Indent(..., "", "  ").
#include "exporter/files/indenter.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace waybill::exporter::files {
namespace {

TEST(IndenterTest, IndentsInPiecesOfAnySize) {
  const std::pair<std::string, std::string> cases[] = {
      {"null", "null"},
      {"{}", "{}"},
      {"[]", "[]"},
      {R"({"a":[1,{}],"b":{"c":[]}})", "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}"},
      {R"(["a,b:{}[]\"]\\",""])", "[\n  \"a,b:{}[]\\\"]\\\\\",\n  \"\"\n]"},
  };
  for (const auto& [compact, indented] : cases) {
    std::string whole;
    Indenter().Feed(compact, whole);
    EXPECT_EQ(whole, indented);
    std::string byte_by_byte;
    Indenter indenter;
    for (const char& byte : compact) indenter.Feed(absl::string_view(&byte, 1), byte_by_byte);
    EXPECT_EQ(byte_by_byte, indented);
  }
}

}  // namespace
}  // namespace waybill::exporter::files
