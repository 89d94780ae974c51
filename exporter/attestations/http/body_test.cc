// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/http/body.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/io/string.h"

namespace waybill::exporter::attestations::http {
namespace {

// What passes when the text comes in pieces of that size, and whether it was one value.
std::pair<std::string, bool> Passed(absl::string_view text, size_t piece) {
  std::string passed;
  oci::io::StringWriter out(passed);
  JsonGuard guard(out);
  absl::Status status;
  for (size_t at = 0; status.ok() && at < text.size(); at += piece) status = guard.Write(text.substr(at, piece));
  if (status.ok()) status = guard.Close();
  return {passed, status.ok()};
}

TEST(JsonGuardTest, OneValuePassesAsItIs) {
  for (const char* text : {R"({"a": ["b\"}", "\\", "\u0041\n", 1.5e3, null]} )", "\n[]\n", "{\"\xc3\xa4\":\"\x7f\"}"}) {
    for (const size_t piece : {1, 3, 100}) EXPECT_EQ(Passed(text, piece), std::pair(std::string(text), true)) << text;
  }
}

TEST(JsonGuardTest, NothingPassesBehindTheValue) {
  for (const char* forged : {R"({}},{"Descriptor":1)", R"({}])", "{} x", R"({"a":"b"c"})", "{\"a\":\"\n\"}", "]"}) {
    const auto [passed, whole] = Passed(forged, 1);
    EXPECT_FALSE(whole) << forged;
    EXPECT_LT(passed.size(), absl::string_view(forged).size()) << forged;
    EXPECT_EQ(Passed(forged, 100).first, "") << forged;
  }
}

TEST(JsonGuardTest, AnEndThatIsMissing) {
  for (const char* cut : {"", "{", "[1", "{\"a", "\"a\\"}) EXPECT_FALSE(Passed(cut, 1).second) << cut;
}

}  // namespace
}  // namespace waybill::exporter::attestations::http
