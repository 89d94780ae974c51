// SPDX-License-Identifier: Apache-2.0
#include "attest/convert/entries.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"

namespace waybill::attest::convert {
namespace {

oci::Descriptor Entry(const std::string& bytes) {
  return {.media_type = "a/b",
          .digest = oci::Digest::Of(bytes),
          .size = 1,
          .platform = oci::Platform{.architecture = "x", .os = "y"}};
}

// The form in which BuildKit writes an index, with the entries in it from the start.
TEST(EntriesTest, AsIfTheyHadBeenThere) {
  oci::image::Index index{
      .media_type = std::string(oci::image::kOciIndex), .manifests = {Entry("1")}, .annotations = {{"a", "b"}}};
  const std::string before = oci::image::ToIndentedJson(index);
  index.manifests.push_back(Entry("2"));
  index.manifests.push_back(Entry("3"));
  EXPECT_EQ(*WithEntries(before, {Entry("2"), Entry("3")}), oci::image::ToIndentedJson(index));
  EXPECT_EQ(*WithEntries(before, {}), before);
}

TEST(EntriesTest, KeepsEveryOtherByte) {
  const std::string entry = oci::image::ToCompactJson(Entry("2"));
  const std::string first = absl::StrCat(R"({ "size":1,"digest":")", Entry("1").digest.ToString(), "\" }");
  EXPECT_EQ(*WithEntries(absl::StrCat("{ \"x\":1 ,\"manifests\": [", first, " ] }\n"), {Entry("2")}),
            absl::StrCat("{ \"x\":1 ,\"manifests\": [", first, ",", entry, " ] }\n"));
  EXPECT_EQ(*WithEntries(R"({"manifests":[]})", {Entry("2")}), absl::StrCat(R"({"manifests":[)", entry, "]}"));
  EXPECT_EQ(*WithEntries(R"({"x":1})", {Entry("2")}), absl::StrCat(R"({"x":1,"manifests":[)", entry, "]}"));
}

TEST(EntriesTest, RefusesWhatIsNoIndex) {
  EXPECT_EQ(oci::ReasonOf(WithEntries(R"({"layers":[1]})", {}).status()), oci::Reason::kInvalidInput);
  EXPECT_EQ(oci::ReasonOf(WithEntries(R"({"manifests":[],"Manifests":[]})", {Entry("2")}).status()),
            oci::Reason::kInvalidInput);
}

}  // namespace
}  // namespace waybill::attest::convert
