// SPDX-License-Identifier: Apache-2.0
// The recorded pushes against a registry without the referrers API: everything that BuildKit left, and fallback tags on
// top. //tools/golden:golden_test has them against one with it.
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "oci/registry/testing/behavior.h"
#include "tools/golden/case.h"
#include "tools/golden/compare.h"
#include "tools/golden/inputs.h"
#include "tools/golden/layout.h"
#include "tools/golden/local_subject.h"

namespace waybill::golden {
namespace {

std::vector<std::string> PushCases() {
  std::vector<std::string> names;
  for (const std::string& name : CaseNames()) {
    const absl::StatusOr<Case> record = LoadCase(name);
    if (record.ok() && !record->registry.empty()) names.push_back(name);
  }
  return names;
}

oci::registry::testing::Behavior WithoutReferrers() {
  oci::registry::testing::Behavior behavior;
  behavior.referrers.api = oci::registry::testing::ReferrersApi::kNotFound;
  behavior.referrers.subject_header = oci::registry::testing::SubjectHeader::kOmitted;
  behavior.uploads.single_post = oci::registry::testing::SinglePost::kSessionOnly;
  behavior.manifests.tag_parameter = false;
  return behavior;
}

// Takes the fallback tags away, and what only they need; returns how many there were.
size_t StripFallback(const RepositoryRecord& recorded, RepositoryRecord& repository) {
  const size_t tags =
      std::erase_if(repository.tags, [](const std::string& t) { return absl::StartsWith(t, "sha256-"); });
  const size_t indexes =
      std::erase_if(repository.digests, [&](const std::string& digest) { return recorded.digests.count(digest) == 0; });
  EXPECT_LE(indexes, tags);
  return tags;
}

class GoldenPushTest : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenPushTest, AddsFallbackTagsAndNothingElse) {
  absl::StatusOr<Case> record = LoadCase(GetParam());
  ASSERT_TRUE(record.ok()) << record.status();
  const std::string scratch = absl::StrCat(::testing::TempDir(), "/push-", GetParam());
  std::error_code error;
  std::filesystem::remove_all(scratch, error);
  const Job job{.bundle = scratch + "/bundle",
                .request = RequestOf(*record),
                .destination = scratch + "/out",
                .now = ClockOf(*record)};
  ASSERT_EQ(WriteBundle(*record, job.bundle), absl::OkStatus());
  LocalSubject subject(WithoutReferrers());
  const absl::StatusOr<Response> response = subject.Export(job);
  ASSERT_TRUE(response.ok()) << response.status();
  for (const std::string& difference : CompareResponse(*record, *response)) ADD_FAILURE() << difference;

  auto registry = ReadRepositories(job.destination);
  ASSERT_TRUE(registry.ok()) << registry.status();
  size_t fallback = 0;
  for (auto& [name, repository] : *registry) fallback += StripFallback(record->registry[name], repository);
  for (const std::string& difference : CompareRegistry(*record, *registry)) ADD_FAILURE() << difference;
  // Only attestation manifests that name their subject need one: one tag per image and repository.
  size_t images = 0;
  for (const DocumentRecord& document : record->documents) {
    const absl::StatusOr<std::string> bytes = ReadBlob(document.digest);
    images += bytes.ok() && absl::StrContains(*bytes, "\"subject\"") ? 1 : 0;
  }
  EXPECT_EQ(fallback, images * record->registry.size());
}

// A data set that cannot be found must not pass for an empty one.
TEST(GoldenPushCasesTest, AreAllThere) { EXPECT_EQ(PushCases().size(), 11U); }

INSTANTIATE_TEST_SUITE_P(Recorded, GoldenPushTest, ::testing::ValuesIn(PushCases()), [](const auto& info) {
  return absl::StrReplaceAll(info.param, {{"-", "_"}});
});

}  // namespace
}  // namespace waybill::golden
