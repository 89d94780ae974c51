// SPDX-License-Identifier: Apache-2.0
#include "attest/scan/json_paths.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/scan/string_stream.h"
#include "gtest/gtest.h"

namespace waybill::attest::scan {
namespace {

// Writes down each string with its path.
class Strings final : public JsonVisitor {
 public:
  void OnValue(const JsonPath&, char, int64_t) override {}
  absl::Status OnString(const JsonPath& path, absl::string_view piece, bool last) override {
    stream_.Feed(piece, value_);
    if (!last) return absl::OkStatus();
    found.push_back(absl::StrCat(path.ToText(), "=", value_, path.EndsWith({"list", kElement, "name"}) ? " (name)" : "",
                                 path.container_key().empty() ? "" : " in ", path.container_key()));
    value_.clear();
    return absl::OkStatus();
  }
  void OnEnd(const JsonPath&, int64_t) override {}

  std::vector<std::string> found;

 private:
  StringStream stream_;
  std::string value_;
};

std::vector<std::string> Find(absl::string_view document, size_t piece, size_t depth) {
  Strings strings;
  JsonPaths paths(strings, depth);
  for (size_t at = 0; at < document.size(); at += piece) {
    EXPECT_EQ(paths.Feed(document.substr(at, piece)), absl::OkStatus());
  }
  EXPECT_EQ(paths.Finish(), absl::OkStatus());
  return strings.found;
}

// The texts are those of jq's `path` in its notation.
TEST(JsonPathsTest, PathsAsText) {
  constexpr absl::string_view kDocument =
      R"({"a": {"list": [1, {"name": "x\u003dy\n"}, [], ["z"]], "b:c\"d": "v", "1": "w"}, "e_2": "u"})";
  for (size_t piece = 1; piece <= kDocument.size(); ++piece) {
    EXPECT_EQ(Find(kDocument, piece, kMaxPathDepth),
              (std::vector<std::string>{"a.list[1].name=x=y\n (name)", "a.list[3][0]=z", R"(a["b:c\"d"]=v in a)",
                                        R"(a["1"]=w in a)", "e_2=u"}))
        << piece;
  }
}

TEST(JsonPathsTest, KeysThatAreNotToldAreShown) {
  EXPECT_EQ(Find(R"({"a":{"b":{"c":"v"}},"d":"w"})", 100, 2), (std::vector<std::string>{"a.b...=v", "d=w"}));
  EXPECT_EQ(Find(R"({"a":{"b":{"c":"v"}}})", 100, 3), (std::vector<std::string>{"a.b.c=v in b"}));
  const std::string key(400, 'k');
  std::string document = "\"v\"";
  for (int i = 0; i < 6; ++i) document = absl::StrCat("{\"", key, "\":", document, "}");
  const std::vector<std::string> found = Find(document, 100, kMaxPathDepth);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].substr(0, found[0].find('=')), absl::StrCat(key, ".", key, ".", key, "..."));
}

}  // namespace
}  // namespace waybill::attest::scan
