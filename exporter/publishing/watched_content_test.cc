// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/watched_content.h"

#include <memory>
#include <string>

#include "absl/types/span.h"
#include "attest/manifest.h"
#include "attest/reader/testing/memory_place.h"
#include "gtest/gtest.h"
#include "oci/image/media_types.h"
#include "oci/io/stream.h"

namespace waybill::exporter::publishing {
namespace {

constexpr char kStatement[] = R"({"predicate":{"args":{"build-arg:NPM_TOKEN":"hunter2"}}})";

class WatchedContentTest : public ::testing::Test {
 protected:
  std::unique_ptr<oci::io::Source> Fetch(const std::string& type) {
    oci::Descriptor statement = place_.Add(oci::image::kInToto, kStatement);
    if (!type.empty()) statement.annotations = attest::StatementAnnotations(type);
    auto source = content_.Fetch(oci::Context(), statement);
    EXPECT_TRUE(source.ok()) << source.status();
    return *std::move(source);
  }

  attest::reader::testing::MemoryPlace place_;
  SecretPlaces places_;
  WatchedContent content_{place_, places_};
};

TEST_F(WatchedContentTest, ProvenanceAlone) {
  for (const char* const type : {"https://spdx.dev/Document", "https://example.com/x"}) {
    EXPECT_TRUE(oci::io::ReadAll(oci::Context(), *Fetch(type), 1000).ok());
  }
  EXPECT_TRUE(places_.Tell().empty());
  EXPECT_TRUE(oci::io::ReadAll(oci::Context(), *Fetch("https://slsa.dev/provenance/v0.2"), 1000).ok());
  EXPECT_EQ(places_.Tell().size(), 1u);
}

// As uploads do that break off and begin again.
TEST_F(WatchedContentTest, AReadThatBreaksOffIsNoLook) {
  const std::unique_ptr<oci::io::Source> source = Fetch("");
  std::string buffer(10, '\0');
  {
    const auto reader = source->Open(oci::Context(), 0);
    ASSERT_TRUE(reader.ok());
    ASSERT_TRUE((*reader)->Read(absl::MakeSpan(buffer)).ok());
  }
  EXPECT_TRUE(oci::io::ReadAll(oci::Context(), *source, 1000).ok());
  EXPECT_EQ(places_.Tell().size(), 1u);
}

TEST_F(WatchedContentTest, OneReaderLooks) {
  const std::unique_ptr<oci::io::Source> source = Fetch("");
  const auto late = source->Open(oci::Context(), 5);
  const auto first = source->Open(oci::Context(), 0);
  const auto second = source->Open(oci::Context(), 0);
  ASSERT_TRUE(late.ok() && first.ok() && second.ok());
  EXPECT_EQ(*oci::io::ReadAll(oci::Context(), **late, 1000), std::string(kStatement).substr(5));
  EXPECT_EQ(*oci::io::ReadAll(oci::Context(), **second, 1000), kStatement);
  EXPECT_TRUE(places_.Tell().empty());
  EXPECT_EQ(*oci::io::ReadAll(oci::Context(), **first, 1000), kStatement);
  EXPECT_EQ(places_.Tell().size(), 1u);
  EXPECT_EQ(places_.fault(), absl::OkStatus());
}

}  // namespace
}  // namespace waybill::exporter::publishing
