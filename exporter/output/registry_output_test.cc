// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/registry_output.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "exporter/answers/delivery.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/error.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/registry/client.h"
#include "oci/registry/server/registry_server.h"
#include "oci/registry/testing/registry_fixture.h"
#include "oci/registry/testing/sample_image.h"
#include "oci/registry/testing/simulated_clock.h"

namespace waybill::exporter::output {
namespace {

using oci::ProgressEvent;
using oci::registry::server::RegistryServer;
using oci::registry::server::behavior::Behavior;
using oci::registry::testing::MakeSampleImage;
using oci::registry::testing::SampleImage;

class RegistryOutputTest : public ::testing::Test {
 protected:
  RegistryServer& Start(const Behavior& behavior = {}) {
    registries_.push_back(*RegistryServer::Start({.behavior = behavior}));
    return *registries_.back();
  }

  absl::Status Deliver(const SampleImage& image, std::vector<std::string> names, request::ExportOptions options = {}) {
    return Push(image, std::move(names), options).status();
  }
  absl::StatusOr<answers::Delivery> Push(const SampleImage& image, std::vector<std::string> names,
                                         request::ExportOptions options = {}) {
    options.type = request::ExporterType::kImage;
    options.push = true;
    return RegistryOutput(client_).Deliver(
        context_, {.root = image.root, .referrers = {}, .names = std::move(names), .content = *image.store}, options);
  }

  // The last event of each target.
  std::map<std::string, ProgressEvent> Results() const {
    std::map<std::string, ProgressEvent> results;
    for (const ProgressEvent& event : progress_.events()) {
      if (event.item.empty()) results[event.target] = event;
    }
    return results;
  }

  std::vector<std::unique_ptr<RegistryServer>> registries_;
  oci::http::curl::CurlTransport transport_{oci::http::curl::CurlTransport::Options{}};
  oci::registry::testing::FixedCredentials credentials_{oci::registry::auth::Credentials{}};
  oci::registry::testing::SimulatedClock clock_;
  oci::registry::Client client_{{transport_, credentials_, clock_}, {}};
  oci::registry::testing::RecordingProgress progress_;
  oci::Context context_ = oci::Context().WithProgress(progress_);
};

TEST_F(RegistryOutputTest, NamesOfOneRegistryShareWhatIsSent) {
  RegistryServer& registry = Start();
  const SampleImage image = MakeSampleImage({.platforms = 2, .layer_bytes = 2 << 20, .attested = true});
  const std::string host = registry.host();
  ASSERT_EQ(Deliver(image, {host + "/a:1", host + "/b/c", host + "/a:2", host + "/a:1"}), absl::OkStatus());
  EXPECT_EQ(registry.contents().Tagged("a", "1"), image.root.digest);
  EXPECT_EQ(registry.contents().Tagged("a", "2"), image.root.digest);
  EXPECT_EQ(registry.contents().Tagged("b/c", "latest"), image.root.digest);
  EXPECT_LT(registry.log().BodyBytes(), 5 * (2 << 20));  // four layers, once
  const auto results = Results();
  ASSERT_EQ(results.size(), 2u);
  const ProgressEvent& last = results.at(host + "/b/c");
  EXPECT_EQ(last.state, ProgressEvent::State::kDone);
  EXPECT_TRUE(absl::StartsWith(last.detail, "pushed " + image.root.digest.ToString())) << last.detail;
  EXPECT_TRUE(absl::EndsWith(last.detail, "; attestations: referrers API")) << last.detail;
}

TEST_F(RegistryOutputTest, BlobsAreMountedFromWhereTheyAreKnownToBe) {
  RegistryServer& registry = Start();
  const SampleImage image = MakeSampleImage({.layers = 2, .layer_bytes = 2 << 20});
  ASSERT_EQ(Deliver(image, {registry.host() + "/base:1"}), absl::OkStatus());
  const int64_t sent = registry.log().BodyBytes();
  std::map<oci::Digest, std::vector<std::string>> origins;
  for (const oci::Digest& blob : image.blobs) origins[blob] = {"elsewhere.example/x", "127.0.0.1/base"};
  // Another build: it has not seen the first push.
  oci::registry::Client other({transport_, credentials_, clock_}, {});
  ASSERT_EQ(RegistryOutput(other)
                .Deliver(context_,
                         {.root = image.root,
                          .referrers = {},
                          .names = {registry.host() + "/app:1"},
                          .content = *image.store,
                          .origins = origins},
                         {.type = request::ExporterType::kImage, .push = true})
                .status(),
            absl::OkStatus());
  EXPECT_EQ(registry.contents().Tagged("app", "1"), image.root.digest);
  EXPECT_EQ(registry.log().Count(oci::registry::server::wire::RequestClass::kUploadMount),
            static_cast<int>(image.blobs.size()));
  EXPECT_LT(registry.log().BodyBytes() - sent, 10000);  // the manifest
}

TEST_F(RegistryOutputTest, OneRegistryThatFailsDoesNotStopTheOthers) {
  Behavior full;
  full.faults = {{.kind = oci::registry::server::behavior::FaultKind::kStatus,
                  .where = oci::registry::server::wire::RequestClass::kManifestPut,
                  .status = 403,
                  .code = "DENIED"}};
  RegistryServer& bad = Start(full);
  RegistryServer& good = Start();
  const SampleImage image = MakeSampleImage({});
  const absl::Status status = Deliver(image, {bad.host() + "/app:1", good.host() + "/app:1"});
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kAuth);
  EXPECT_TRUE(absl::StartsWith(status.message(), absl::StrCat("failed to push ", bad.host(), "/app:1: "))) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "DENIED")) << status;
  EXPECT_EQ(good.contents().Tagged("app", "1"), image.root.digest);
  EXPECT_EQ(bad.contents().Tagged("app", "1"), std::nullopt);
  EXPECT_EQ(Results().at(bad.host() + "/app:1").state, ProgressEvent::State::kFailed);
  EXPECT_EQ(Results().at(good.host() + "/app:1").state, ProgressEvent::State::kDone);
  EXPECT_EQ(
      oci::MetadataOf(status)["waybill.pushed"],
      absl::StrCat("{\"", good.host(), "/app:1\":{\"containerimage.digest\":\"", image.root.digest.ToString(), "\"}}"));
}

TEST_F(RegistryOutputTest, ByDigestAndDigestNames) {
  RegistryServer& registry = Start();
  const SampleImage image = MakeSampleImage({});
  ASSERT_EQ(Deliver(image, {registry.host() + "/a"}, {.push_by_digest = true}), absl::OkStatus());
  ASSERT_EQ(Deliver(image, {absl::StrCat(registry.host(), "/b@", image.root.digest.ToString())}), absl::OkStatus());
  for (const char* repository : {"a", "b"}) {
    EXPECT_TRUE(registry.contents().HasManifest(repository, image.root.digest));
    EXPECT_TRUE(registry.contents().Tags(repository).empty());
  }
  EXPECT_EQ(Deliver(image, {}), absl::OkStatus());
}

TEST_F(RegistryOutputTest, VerifyReadsBackBeforeATagMoves) {
  RegistryServer& registry = Start();
  const SampleImage image = MakeSampleImage({.platforms = 2});
  ASSERT_EQ(Deliver(image, {registry.host() + "/app:1", registry.host() + "/app:2"}, {.verify = true}),
            absl::OkStatus());
  EXPECT_EQ(registry.contents().Tagged("app", "1"), image.root.digest);
  EXPECT_EQ(registry.contents().Tagged("app", "2"), image.root.digest);
  EXPECT_EQ(registry.log().Count(oci::registry::server::wire::RequestClass::kManifestGet), 3);
  // Again: nothing is sent, and everything is read.
  ASSERT_EQ(Deliver(image, {registry.host() + "/app:1"}, {.verify = true}), absl::OkStatus());
  EXPECT_EQ(registry.log().Count(oci::registry::server::wire::RequestClass::kManifestGet), 6);
}

TEST_F(RegistryOutputTest, VerifyTagsNothingThatCannotBeFound) {
  Behavior deaf;  // it has no Referrers API, and takes fallback tags for digests, as GitLab
  deaf.referrers.api = oci::registry::server::behavior::ReferrersApi::kNotFound;
  deaf.referrers.subject_header = oci::registry::server::behavior::SubjectHeader::kOmitted;
  deaf.manifests.digest_tags = true;
  RegistryServer& registry = Start(deaf);
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  const absl::Status status = Deliver(image, {registry.host() + "/app:1"}, {.verify = true});
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kVerification) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "discovery-referrers: attestation manifest sha256:")) << status;
  EXPECT_TRUE(registry.contents().HasManifest("app", image.root.digest));
  EXPECT_EQ(registry.contents().Tagged("app", "1"), std::nullopt);
  // Without it the push only warns.
  EXPECT_EQ(Deliver(image, {registry.host() + "/app:1"}), absl::OkStatus());
}

TEST_F(RegistryOutputTest, VerifyNamesTheReadThatFails) {
  Behavior behavior;
  behavior.faults = {{.kind = oci::registry::server::behavior::FaultKind::kStatus,
                      .where = oci::registry::server::wire::RequestClass::kManifestGet,
                      .status = 403,
                      .code = "DENIED"}};
  RegistryServer& registry = Start(behavior);
  const absl::Status status = Deliver(MakeSampleImage({}), {registry.host() + "/app:1"}, {.verify = true});
  EXPECT_TRUE(absl::StrContains(status.message(), "DENIED")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "verify=true")) << status;
  EXPECT_EQ(registry.contents().Tagged("app", "1"), std::nullopt);
}

// What Aliyun's registry said to BuildKit v0.32's attestations.
Behavior RefusesEmptyConfig() {
  Behavior behavior;
  behavior.manifests.refuse_empty_config = true;
  behavior.manifests.refusal_status = 403;
  behavior.manifests.refusal_code = "DENIED";
  behavior.manifests.refusal_message = "unknown manifest class for application/vnd.oci.empty.v1+json";
  return behavior;
}

TEST_F(RegistryOutputTest, RefusedAttestationFailsWithTheOptionThatHelps) {
  RegistryServer& registry = Start(RefusesEmptyConfig());
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  const absl::Status status = Deliver(image, {registry.host() + "/app:1"});
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kRefused);
  for (const char* part :
       {"refuses its attestation manifest sha256:", "unknown manifest class", "attestation-refused=legacy"}) {
    EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
  }
  EXPECT_EQ(registry.contents().Tagged("app", "1"), std::nullopt);
}

TEST_F(RegistryOutputTest, RefusedAttestationInLegacyForm) {
  RegistryServer& registry = Start(RefusesEmptyConfig());
  RegistryServer& other = Start();
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  const auto delivery = Push(image, {registry.host() + "/app:1", other.host() + "/app:1"},
                             {.attestation_refused = request::AttestationRefused::kLegacy});
  ASSERT_EQ(delivery.status(), absl::OkStatus());
  EXPECT_EQ(other.contents().Tagged("app", "1"), image.root.digest);
  const auto root = registry.contents().Tagged("app", "1");
  ASSERT_TRUE(root.has_value());
  EXPECT_NE(*root, image.root.digest);
  ASSERT_EQ(delivery->pushed.size(), 2u);
  EXPECT_EQ(delivery->pushed[0].name, registry.host() + "/app:1");
  EXPECT_EQ(delivery->pushed[0].root.digest, *root);
  EXPECT_EQ(delivery->pushed[0].root.size, static_cast<int64_t>(registry.contents().Content("app", *root)->size()));
  EXPECT_EQ(delivery->pushed[0].attestations, "");
  EXPECT_EQ(delivery->pushed[1].root, image.root);
  EXPECT_EQ(delivery->pushed[1].attestations, "referrers API");
  EXPECT_TRUE(delivery->pushed[1].warnings.empty());
  const auto index = oci::image::ParseIndex(*registry.contents().Content("app", *root));
  ASSERT_TRUE(index.ok()) << index.status();
  ASSERT_EQ(index->manifests.size(), 4u);
  for (int i = 2; i < 4; ++i) {
    const oci::Descriptor& entry = index->manifests[i];
    EXPECT_EQ(entry.annotations.at("vnd.docker.reference.digest"), image.images[i - 2].digest.ToString());
    const auto manifest = oci::image::ParseManifest(*registry.contents().Content("app", entry.digest));
    ASSERT_TRUE(manifest.ok()) << manifest.status();
    EXPECT_EQ(manifest->config.media_type, oci::image::kOciConfig);
    EXPECT_EQ(manifest->subject, std::nullopt);
    EXPECT_EQ(manifest->layers.size(), 1u);
  }
  ASSERT_EQ(delivery->pushed[0].warnings.size(), 1u);
  bool both = false;
  for (const ProgressEvent& event : progress_.events()) {
    both |= event.state == ProgressEvent::State::kWarning && absl::StrContains(event.detail, root->ToString()) &&
            absl::StrContains(event.detail, image.root.digest.ToString());
  }
  EXPECT_TRUE(both);
}

// What the refused attempt cost counts as well.
TEST_F(RegistryOutputTest, BothAttemptsAreCounted) {
  RegistryServer& registry = Start(RefusesEmptyConfig());
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  ASSERT_EQ(Deliver(image, {registry.host() + "/app:1"}, {.attestation_refused = request::AttestationRefused::kLegacy}),
            absl::OkStatus());
  const std::string detail = Results().at(registry.host() + "/app:1").detail;
  const std::vector<std::string> words = absl::StrSplit(detail, ' ');  // "pushed sha256:...: 30 requests, ..."
  int requests = 0;
  ASSERT_TRUE(absl::SimpleAtoi(words[2], &requests)) << detail;
  // One that the refusal cut off may not have arrived.
  EXPECT_GE(requests, static_cast<int>(registry.log().All().size())) << registry.log().ToString();
}

TEST_F(RegistryOutputTest, RefusedAttestationLeftOut) {
  RegistryServer& registry = Start(RefusesEmptyConfig());
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  ASSERT_EQ(Deliver(image, {registry.host() + "/app:1"}, {.attestation_refused = request::AttestationRefused::kSkip}),
            absl::OkStatus());
  const auto index =
      oci::image::ParseIndex(*registry.contents().Content("app", *registry.contents().Tagged("app", "1")));
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_EQ(index->manifests.size(), 2u);
}

TEST_F(RegistryOutputTest, BadNameIsAnErrorInBuildKitsWords) {
  const absl::Status status = Deliver(MakeSampleImage({}), {"Bad/Name"});
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_TRUE(absl::StartsWith(status.message(), "failed to push Bad/Name: invalid reference format")) << status;
}

}  // namespace
}  // namespace waybill::exporter::output
