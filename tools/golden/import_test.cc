// SPDX-License-Identifier: Apache-2.0
// Images that BuildKit wrote, taken apart and exported again: the same image.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "exporter/exporter.h"
#include "exporter/input/image/image.h"
#include "exporter/request/options.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/context.h"
#include "oci/image/manifest.h"
#include "tools/golden/recorded/case.h"
#include "tools/golden/recorded/exporter_under_test.h"
#include "tools/golden/recorded/verdicts.h"

namespace waybill::golden {
namespace {

class NoOutput final : public exporter::Output {
 public:
  absl::StatusOr<exporter::answers::Delivery> Deliver(const oci::Context&, const exporter::Image&,
                                                      const exporter::request::ExportOptions&) override {
    return exporter::answers::Delivery{};
  }
};

// Every file of the pool, by digest.
class Pool final : public oci::content::Fetcher {
 public:
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override {
    absl::StatusOr<std::string> bytes = recorded::ReadBlob(descriptor.digest.ToString());
    if (!bytes.ok()) return bytes.status();
    oci::content::store::MemoryStore store;
    store.Add(*std::move(bytes));
    return store.Fetch(context, descriptor);
  }
};

// The recorded image has what these made of it: its annotations, its config, its rewritten layers.
bool IsDone(absl::string_view attribute) {
  for (const absl::string_view prefix :
       {"annotation", "containerimage.", "rewrite-timestamp", "compression", "force-compression"}) {
    if (absl::StartsWith(attribute, prefix)) return true;
  }
  return false;
}

// A statement without subject gets one; and an epoch below the base image's times changes those too, since no image
// tells which of its history came from a base.
bool ComesOutDifferent(const std::string& name) {
  const recorded::Deviating* const row = recorded::FindDeviating(name);
  return (row != nullptr && row->deviation == recorded::Deviation::kSubject) || name == "oci-base-rewrite-timestamp";
}

class ImportTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ImportTest, GivesTheSameImage) {
  const absl::StatusOr<recorded::Case> record = recorded::LoadCase(GetParam());
  ASSERT_TRUE(record.ok()) << record.status();
  std::string json;
  ASSERT_TRUE(absl::Base64Unescape(record->response->at("containerimage.descriptor"), &json));
  const absl::StatusOr<oci::Descriptor> root = oci::image::ParseDescriptor(json);
  ASSERT_TRUE(root.ok()) << root.status();

  Pool pool;
  oci::content::store::MemoryStore made;
  const oci::Context context;
  absl::StatusOr<exporter::request::BuildResult> result = exporter::input::image::ImportImage(
      context, *root, {.content = pool, .store = made, .scratch_directory = ::testing::TempDir()});
  ASSERT_TRUE(result.ok()) << result.status();

  exporter::request::ExportRequest request = record->request;
  std::erase_if(request.attributes, [](const auto& attribute) { return IsDone(attribute.first); });
  if (request.attributes.count("name") > 0) exporter::input::image::DropImageNames(*result);
  const absl::StatusOr<exporter::request::ExportOptions> options =
      exporter::request::ExportOptions::FromRequest(request);
  ASSERT_TRUE(options.ok()) << options.status();
  const exporter::Exporter exporter({.now = [] { return absl::UnixEpoch(); },
                                     .version = recorded::kRecordedVersion,
                                     .host = {.architecture = "amd64", .os = "linux"},
                                     .scratch_directory = ::testing::TempDir()});
  oci::content::UnionFetcher source({&made, &pool});
  oci::content::store::MemoryStore staging;
  NoOutput output;
  const absl::StatusOr<exporter::Report> report = exporter.Export(context, *result, *options, source, staging, output);
  ASSERT_TRUE(report.ok()) << report.status();
  if (ComesOutDifferent(GetParam())) {
    EXPECT_NE(report->root->digest, root->digest);
  } else {
    EXPECT_EQ(report->root->digest.ToString(), root->digest.ToString());
  }
}

std::vector<std::string> Images() {
  std::vector<std::string> names;
  for (const std::string& name : recorded::CaseNames()) {
    const absl::StatusOr<recorded::Case> record = recorded::LoadCase(name);
    if (!record.ok() || !record->error.empty() || !record->response.has_value()) continue;
    const auto root = record->response->find("containerimage.digest");
    // Of some pushes only what the registry got was recorded.
    if (root != record->response->end() && recorded::ReadBlob(root->second).ok()) names.push_back(name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Golden, ImportTest, ::testing::ValuesIn(Images()), [](const auto& info) {
  return absl::StrReplaceAll(info.param, {{"-", "_"}});
});

}  // namespace
}  // namespace waybill::golden
