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
#include "oci/registry/server/behavior/behavior.h"
#include "tools/golden/in_process_exporter.h"
#include "tools/golden/recorded/case.h"
#include "tools/golden/recorded/compare.h"
#include "tools/golden/recorded/inputs.h"
#include "tools/golden/recorded/layout.h"

namespace waybill::golden {
namespace {

std::vector<std::string> PushCases() {
  std::vector<std::string> names;
  for (const std::string& name : recorded::CaseNames()) {
    const absl::StatusOr<recorded::Case> record = recorded::LoadCase(name);
    if (record.ok() && !record->registry.empty()) names.push_back(name);
  }
  return names;
}

oci::registry::server::behavior::Behavior WithoutReferrers() {
  oci::registry::server::behavior::Behavior behavior;
  behavior.referrers.api = oci::registry::server::behavior::ReferrersApi::kNotFound;
  behavior.referrers.subject_header = oci::registry::server::behavior::SubjectHeader::kOmitted;
  behavior.uploads.single_post = oci::registry::server::behavior::SinglePost::kSessionOnly;
  behavior.manifests.tag_parameter = false;
  return behavior;
}

// Takes the fallback tags away, and what only they need; returns how many there were.
size_t StripFallback(const recorded::RepositoryRecord& recorded, recorded::RepositoryRecord& repository) {
  const size_t tags =
      std::erase_if(repository.tags, [](const std::string& t) { return absl::StartsWith(t, "sha256-"); });
  const size_t indexes =
      std::erase_if(repository.digests, [&](const std::string& digest) { return recorded.digests.count(digest) == 0; });
  EXPECT_LE(indexes, tags);
  return tags;
}

class GoldenPushTest : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenPushTest, AddsFallbackTagsAndNothingElse) {
  absl::StatusOr<recorded::Case> record = recorded::LoadCase(GetParam());
  ASSERT_TRUE(record.ok()) << record.status();
  const std::string scratch = absl::StrCat(::testing::TempDir(), "/push-", GetParam());
  std::error_code error;
  std::filesystem::remove_all(scratch, error);
  const recorded::Job job{.bundle = scratch + "/bundle",
                          .request = recorded::RequestOf(*record),
                          .destination = scratch + "/out",
                          .now = recorded::ClockOf(*record)};
  ASSERT_EQ(recorded::WriteBundle(*record, job.bundle), absl::OkStatus());
  InProcessExporter exporter(WithoutReferrers());
  const absl::StatusOr<recorded::Response> response = exporter.Export(job);
  ASSERT_TRUE(response.ok()) << response.status();
  for (const std::string& difference : recorded::CompareResponse(*record, *response)) ADD_FAILURE() << difference;

  auto registry = recorded::ReadRepositories(job.destination);
  ASSERT_TRUE(registry.ok()) << registry.status();
  size_t fallback = 0;
  for (auto& [name, repository] : *registry) fallback += StripFallback(record->registry[name], repository);
  for (const std::string& difference : recorded::CompareRegistry(*record, *registry)) ADD_FAILURE() << difference;
  // Only attestation manifests that name their subject need one: one tag per image and repository.
  size_t images = 0;
  for (const recorded::DocumentRecord& document : record->documents) {
    const absl::StatusOr<std::string> bytes = recorded::ReadBlob(document.digest);
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
