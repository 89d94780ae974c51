// SPDX-License-Identifier: Apache-2.0
// The recorded pushes against the fake registry: repositories, tags, manifests and blobs as BuildKit left them, once
// on a registry with the referrers API and once on one without, where fallback tags come on top.
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "exporter/exporter.h"
#include "exporter/input/bundle.h"
#include "exporter/options.h"
#include "exporter/output/output.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "oci/content/memory_store.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/http/curl_transport.h"
#include "oci/http/transport.h"
#include "oci/registry/client.h"
#include "oci/registry/scenario/registry_fixture.h"
#include "oci/registry/scenario/simulated_clock.h"
#include "oci/registry/testing/fake_registry.h"
#include "oci/status_macros.h"
#include "tools/golden/case.h"
#include "tools/golden/compare.h"
#include "tools/golden/inputs.h"
#include "tools/golden/subject.h"

namespace waybill::golden {
namespace {

using oci::registry::testing::Behavior;
using oci::registry::testing::FakeRegistry;

// The names of the recordings lead to the fake registry: they are part of what is compared, so that no name can change.
class RecordedHosts : public oci::http::Transport {
 public:
  RecordedHosts(oci::http::Transport& transport, std::string host) : transport_(transport), host_(std::move(host)) {}

  absl::StatusOr<oci::http::Response> Send(const oci::Context& context, const oci::http::Request& request) override {
    oci::http::Request there = request;
    there.url = absl::StrReplaceAll(request.url, {{"127.0.0.1:5052", host_}, {"127.0.0.1:5053", host_}});
    return transport_.Send(context, there);
  }

 private:
  oci::http::Transport& transport_;
  const std::string host_;
};

std::vector<std::string> PushCases() {
  std::vector<std::string> names;
  for (const std::string& name : CaseNames()) {
    const absl::StatusOr<std::string> text = ReadFile(absl::StrCat(kGoldenDirectory, "/cases/", name, ".json"));
    if (text.ok() && Json::parse(*text, nullptr, false)["expect"].contains("registry")) names.push_back(name);
  }
  return names;
}

class GoldenPushTest : public ::testing::TestWithParam<std::string> {
 protected:
  void Start(const Behavior& behavior) {
    registry_ = *FakeRegistry::Start({.behavior = behavior});
    transport_ = std::make_unique<RecordedHosts>(curl_, registry_->host());
    client_ = std::make_unique<oci::registry::Client>(oci::registry::Host::Deps{*transport_, credentials_, clock_},
                                                      oci::registry::Client::Options{});
  }

  absl::StatusOr<Response> Export(const Case& record) {
    const std::string bundle_directory = absl::StrCat(::testing::TempDir(), "/", record.name, ".bundle");
    std::error_code error;
    std::filesystem::remove_all(bundle_directory, error);
    ABSL_RETURN_IF_ERROR(WriteBundle(record, bundle_directory));
    ABSL_ASSIGN_OR_RETURN(const exporter::ExportOptions options,
                          exporter::ExportOptions::FromRequest(RequestOf(record)));
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporter::Output> output,
                          exporter::output::NewOutput(options, {.registry = client_.get()}));
    const oci::Context context;
    ABSL_ASSIGN_OR_RETURN(const exporter::input::Bundle bundle, exporter::input::OpenBundle(context, bundle_directory));
    oci::content::MemoryStore staging;
    const exporter::Exporter exporter({.now = [&record] { return ClockOf(record); },
                                       .version = kRecordedVersion,
                                       .host = {.architecture = "amd64", .os = "linux"},
                                       .scratch_directory = bundle_directory});
    ABSL_ASSIGN_OR_RETURN(const exporter::Report report,
                          exporter.Export(context, bundle.result, options, *bundle.blobs, staging, *output));
    return report.response;
  }

  void ExpectStored(const Json& expected) {
    for (const auto& [repository, content] : expected.items()) {
      for (const Json& digest : content["manifests"]) ExpectContent(repository, digest);
      for (const Json& digest : content["blobs"]) ExpectContent(repository, digest);
    }
  }

  void ExpectContent(const std::string& repository, const std::string& digest) {
    const auto bytes = registry_->Content(repository, *oci::Digest::Parse(digest));
    ASSERT_TRUE(bytes.ok()) << repository << " " << digest << ": " << bytes.status();
    EXPECT_TRUE(*bytes == *ReadBlob(digest)) << repository << " " << digest;
  }

  // Tags as recorded, those of earlier pushes to the same repository left out; fallback tags only where asked for.
  void ExpectTags(const Case& record, const Json& expected, bool fallback) {
    for (const auto& [repository, content] : expected.items()) {
      std::set<std::string> tags;
      bool has_fallback = false;
      for (const std::string& tag : registry_->Tags(repository)) {
        if (absl::StartsWith(tag, "sha256-")) {
          has_fallback = true;
        } else {
          tags.insert(tag);
          EXPECT_EQ(registry_->Tagged(repository, tag)->ToString(), record.response->at("containerimage.digest"));
        }
      }
      std::set<std::string> recorded;
      if (content["tags"]["tags"].is_array()) recorded = content["tags"]["tags"];
      if (record.name == "image-push-base-mount-same-repo") recorded.erase("1");
      EXPECT_EQ(tags, recorded) << repository;
      EXPECT_TRUE(fallback || !has_fallback) << repository;
    }
  }

  void Run(const Behavior& behavior, bool fallback) {
    Start(behavior);
    const absl::StatusOr<Case> record = LoadCase(GetParam());
    ASSERT_TRUE(record.ok()) << record.status();
    const absl::StatusOr<Response> response = Export(*record);
    ASSERT_TRUE(response.ok()) << response.status();
    for (const std::string& difference : CompareResponse(*record, *response)) ADD_FAILURE() << difference;
    const Json document =
        Json::parse(*ReadFile(absl::StrCat(kGoldenDirectory, "/cases/", GetParam(), ".json")), nullptr, false);
    ExpectStored(document["expect"]["registry"]);
    ExpectTags(*record, document["expect"]["registry"], fallback);
  }

 private:
  oci::http::CurlTransport curl_{oci::http::CurlTransport::Options{}};
  oci::registry::testing::FixedCredentials credentials_{oci::registry::Credentials{}};
  oci::registry::testing::SimulatedClock clock_;
  std::unique_ptr<FakeRegistry> registry_;
  std::unique_ptr<RecordedHosts> transport_;
  std::unique_ptr<oci::registry::Client> client_;
};

TEST_P(GoldenPushTest, RegistryWithTheReferrersApi) { Run({}, /*fallback=*/false); }

TEST_P(GoldenPushTest, RegistryWithoutTheReferrersApi) {
  Behavior behavior;
  behavior.referrers.api = oci::registry::testing::ReferrersApi::kNotFound;
  behavior.referrers.subject_header = oci::registry::testing::SubjectHeader::kOmitted;
  behavior.uploads.single_post = oci::registry::testing::SinglePost::kSessionOnly;
  behavior.manifests.tag_parameter = false;
  Run(behavior, /*fallback=*/true);
}

// Eleven pushes were recorded that succeed: a data set that cannot be found must not pass for an empty one.
TEST(GoldenPushCasesTest, AreAllThere) { EXPECT_EQ(PushCases().size(), 11u); }

INSTANTIATE_TEST_SUITE_P(Recorded, GoldenPushTest, ::testing::ValuesIn(PushCases()), [](const auto& info) {
  return absl::StrReplaceAll(info.param, {{"-", "_"}});
});

}  // namespace
}  // namespace waybill::golden
