// SPDX-License-Identifier: Apache-2.0
// Pushes to every profile, prints the table of docs/registries.md and compares it with the page. The sentences of the
// page about other forms and placements than the default ones are tests here.
#include "tools/e2e/matrix/profile_matrix.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "exporter/input/result_directory.h"
#include "gtest/gtest.h"
#include "oci/context.h"
#include "oci/registry/server/behavior/behavior.h"
#include "oci/registry/server/profiles/profiles.h"
#include "tools/e2e/matrix/profile_table.h"

namespace waybill::e2e::matrix {
namespace {

constexpr char kNoRegistry[] = "web-page";

class ProfileMatrixTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    // The test's files are symbolic links, which a bundle must not have.
    const std::string directory = ::testing::TempDir() + "/sample";
    std::error_code error;
    std::filesystem::copy("testdata/sample", directory, std::filesystem::copy_options::recursive, error);
    ASSERT_FALSE(error) << error.message();
    auto sample = exporter::input::OpenResultDirectory(oci::Context(), directory);
    ASSERT_TRUE(sample.ok()) << sample.status();
    auto rows = RunMatrix(*sample);
    ASSERT_TRUE(rows.ok()) << rows.status();
    rows_ = *std::move(rows);
  }
  static std::vector<MatrixRow> rows_;
};

std::vector<MatrixRow> ProfileMatrixTest::rows_;

TEST_F(ProfileMatrixTest, IsTheTableInTheDocumentation) {
  std::ifstream file("docs/registries.md");
  const std::string document((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::string table = FormatTable(rows_);
  std::cout << table;
  EXPECT_TRUE(absl::StrContains(document, "<!-- profile_matrix -->\n\n" + table + "\n<!-- end -->"))
      << "docs/registries.md has another table; `bazel run //tools/e2e/matrix:profile_matrix_main -- "
         "$PWD/testdata/sample` "
         "prints this one";
}

TEST_F(ProfileMatrixTest, AttestationsAreFoundWhereverAnythingCanBeFound) {
  for (const MatrixRow& row : rows_) {
    // GitLab has neither the API nor a fallback tag of its own meaning; old Quay and Aliyun take no artifacts, ECR
    // Public no descriptors with data.
    const bool refuses = row.profile == "quay-old" || row.profile == "aliyun" || row.profile == "ecr-public";
    if (row.form != "artifact" || row.placement == "index" || refuses || row.profile == "gitlab") continue;
    if (row.profile == kNoRegistry) continue;
    EXPECT_EQ(row.discovered, "works") << row.profile << " " << row.placement;
    EXPECT_EQ(row.first_push, "works") << row.profile << " " << row.placement;
  }
}

// A push must not take it for one.
TEST_F(ProfileMatrixTest, AWebPageIsNoRegistry) {
  int pushes = 0;
  for (const MatrixRow& row : rows_) {
    if (row.profile != kNoRegistry || (row.form == "legacy" && row.placement == "referrer")) continue;
    ++pushes;
    EXPECT_TRUE(absl::StrContains(row.first_push, "a web page answered, which is no registry")) << row.first_push;
    EXPECT_EQ(row.discovered, "nothing was pushed");
  }
  EXPECT_EQ(pushes, 5);
}

bool HasApi(const std::string& profile) {
  return oci::registry::server::profiles::ProfileNamed(profile)->behavior.referrers.api ==
         oci::registry::server::behavior::ReferrersApi::kOn;
}

TEST_F(ProfileMatrixTest, AnotherPushOfTheSameImageIsLikeTheFirst) {
  for (const MatrixRow& row : rows_) {
    EXPECT_EQ(row.second_push, row.first_push) << row.profile << " " << row.form << " " << row.placement;
  }
}

TEST_F(ProfileMatrixTest, PlacementIndexNeedsTheApiToBeFound) {
  for (const MatrixRow& row : rows_) {
    if (row.form != "artifact" || row.placement != "index") continue;
    EXPECT_EQ(row.fallback_tags, 0) << row.profile;
    if (row.first_push != "works") continue;
    EXPECT_EQ(row.discovered, HasApi(row.profile) ? "works" : "none") << row.profile;
  }
}

// The index has no attestations, so that a tag need not move for new ones.
TEST_F(ProfileMatrixTest, PlacementReferrerTakesNewAttestationsUnderImmutableTags) {
  for (const MatrixRow& row : rows_) {
    if (row.form != "artifact" || row.placement != "referrer") continue;
    EXPECT_EQ(row.new_attestations, row.first_push) << row.profile;
  }
}

TEST_F(ProfileMatrixTest, LegacyFormIsNeverFoundByReferrers) {
  for (const MatrixRow& row : rows_) {
    if (row.form != "legacy" || row.profile == kNoRegistry) continue;
    EXPECT_EQ(row.fallback_tags, 0) << row.profile;
    EXPECT_EQ(row.discovered, row.placement == "referrer" ? "nothing was pushed" : "none") << row.profile;
    if (row.placement != "referrer") continue;
    EXPECT_EQ(row.first_push, "error: exporter option \"attestation-placement=referrer\" needs \"oci-artifact=true\"");
  }
}

TEST_F(ProfileMatrixTest, LegacyFormPushesEverywhere) {
  for (const MatrixRow& row : rows_) {
    if (row.form != "legacy" || row.placement == "referrer" || row.profile == kNoRegistry) continue;
    for (const std::string& push : {row.first_push, row.second_push}) {
      EXPECT_EQ(push, "works") << row.profile << " " << row.placement;
    }
    // Another image, and the tag is taken.
    if (absl::EndsWith(row.profile, "-immutable")) continue;
    EXPECT_EQ(row.new_attestations, "works") << row.profile << " " << row.placement;
  }
}

}  // namespace
}  // namespace waybill::e2e::matrix
