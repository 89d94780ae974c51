// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image/registry_image.h"

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/request/build_result.h"
#include "exporter/request/metadata.h"
#include "gtest/gtest.h"
#include "oci/context.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/progress.h"
#include "oci/registry/environment_client.h"
#include "oci/registry/server/behavior/behavior.h"
#include "oci/registry/server/registry_server.h"
#include "oci/registry/transfer/repository.h"

namespace waybill::exporter::input::image {
namespace {

using oci::registry::EnvironmentClient;
using oci::registry::server::RegistryServer;

constexpr char kLayer[] = "not really a tarball";
// sha256sum of the layer's bytes.
constexpr char kDiffId[] = "sha256:b3b786ecd6e4f6ab3398d0b1bfd62dbc47534c8723cd3802f642f7203a3b55d7";

class RegistryImageTest : public ::testing::Test {
 protected:
  void SetUp() override { registry_ = *RegistryServer::Start({}); }

  // A client that knows no credentials and reads `config`.
  std::unique_ptr<EnvironmentClient> Client(const std::string& config = "") {
    const std::string path = ::testing::TempDir() + "/registries.toml";
    std::ofstream(path) << config;
    auto client = EnvironmentClient::Create(
        {.environment = [](absl::string_view) { return std::nullopt; }, .config_file = path, .certs_directories = {}});
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }

  oci::Descriptor Put(oci::registry::transfer::Repository& repository, absl::string_view type,
                      const std::string& bytes) {
    oci::Descriptor blob{
        .media_type = std::string(type), .digest = oci::Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())};
    EXPECT_EQ(repository.Push(context_, {blob, std::make_unique<oci::io::StringSource>(bytes)}), absl::OkStatus());
    return blob;
  }

  // One platform, one layer, tagged "1" in `name`.
  oci::Descriptor PushImage(const std::string& name) {
    const auto client = Client();
    oci::registry::transfer::Repository repository(**client->client().HostFor(registry_->host(), false), name);
    const std::string config = absl::StrCat(
        R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[")", kDiffId, R"("]}})");
    const oci::image::Manifest manifest{.media_type = std::string(oci::image::kOciManifest),
                                        .config = Put(repository, oci::image::kOciConfig, config),
                                        .layers = {Put(repository, oci::image::kOciLayer, kLayer)}};
    const oci::Descriptor root = Put(repository, oci::image::kOciManifest, oci::image::ToIndentedJson(manifest));
    EXPECT_EQ(repository.Tag(context_, root, "1"), absl::OkStatus());
    return root;
  }

  absl::StatusOr<OpenedResult> Open(const std::string& text, const std::string& config = "") {
    return OpenRegistryImage(context_, Client(config), text, ::testing::TempDir());
  }

  oci::Context context_;
  std::unique_ptr<RegistryServer> registry_;
};

TEST_F(RegistryImageTest, ByTagAndByDigest) {
  const oci::Descriptor root = PushImage("ns/app");
  const std::string name = absl::StrCat(registry_->host(), "/ns/app");
  for (const std::string& reference : {name + ":1", absl::StrCat(name, "@", root.digest.ToString())}) {
    const auto opened = Open("docker://" + reference);
    ASSERT_TRUE(opened.ok()) << opened.status();
    ASSERT_EQ(opened->result.refs.size(), 1u);
    const request::Ref& ref = opened->result.refs.begin()->second;
    ASSERT_EQ(ref.layers.size(), 1u);
    EXPECT_EQ(ref.layers[0].diff_id.ToString(), kDiffId);
    const auto source = opened->blobs->Fetch(context_, ref.layers[0].blob);
    ASSERT_TRUE(source.ok()) << source.status();
    EXPECT_EQ(*oci::io::ReadAll(context_, **source, 1000), kLayer);
  }
  EXPECT_EQ(Open("docker://" + name + ":1")->result.metadata.at(std::string(request::kImageNameKey)), name + ":1");
}

constexpr char kStatement[] =
    R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"urn:x","subject":[],"predicate":{}})";

// As `attestation-placement=referrer` leaves them: beside an image that does not list them.
TEST_F(RegistryImageTest, AttestationsByReferrersApiAndByFallbackTag) {
  for (const bool api : {true, false}) {
    oci::registry::server::behavior::Behavior behavior;
    if (!api) behavior.referrers.api = oci::registry::server::behavior::ReferrersApi::kNotFound;
    registry_ = *RegistryServer::Start({.behavior = behavior});
    const oci::Descriptor root = PushImage("app");
    const auto client = Client();
    oci::registry::transfer::Repository repository(**client->client().HostFor(registry_->host(), false), "app");
    const oci::image::Manifest manifest{.media_type = std::string(oci::image::kOciManifest),
                                        .artifact_type = std::string(oci::image::kAttestationManifest),
                                        .config = Put(repository, oci::image::kOciEmpty, "{}"),
                                        .layers = {Put(repository, oci::image::kInToto, kStatement)},
                                        .subject = root};
    oci::Descriptor attestation = Put(repository, oci::image::kOciManifest, oci::image::ToIndentedJson(manifest));
    attestation.artifact_type = manifest.artifact_type;
    if (!api) {
      const oci::Descriptor list =
          Put(repository, oci::image::kOciIndex,
              oci::image::ToIndentedJson(
                  oci::image::Index{.media_type = std::string(oci::image::kOciIndex), .manifests = {attestation}}));
      ASSERT_TRUE(repository.Tag(context_, list, absl::StrCat("sha256-", root.digest.hex())).ok());
    }
    const auto opened = Open(absl::StrCat("docker://", registry_->host(), "/app:1"));
    ASSERT_TRUE(opened.ok()) << opened.status();
    ASSERT_EQ(opened->result.attestations.count("linux/amd64"), 1u) << api;
    const request::Attestation& statement = opened->result.attestations.at("linux/amd64").at(0);
    EXPECT_EQ(statement.predicate_type, "urn:x");
    EXPECT_TRUE(opened->blobs->Fetch(context_, *statement.content).ok());
  }
}

// The manifest tells what it is, whatever the listing says.
TEST_F(RegistryImageTest, ListingsWithoutOrWithAWrongType) {
  for (const auto types : {oci::registry::server::behavior::ListedTypes::kOmitted,
                           oci::registry::server::behavior::ListedTypes::kOfConfig}) {
    oci::registry::server::behavior::Behavior behavior;
    behavior.referrers.types = types;
    registry_ = *RegistryServer::Start({.behavior = behavior});
    const oci::Descriptor root = PushImage("app");
    const auto client = Client();
    oci::registry::transfer::Repository repository(**client->client().HostFor(registry_->host(), false), "app");
    const oci::image::Manifest manifest{.media_type = std::string(oci::image::kOciManifest),
                                        .artifact_type = std::string(oci::image::kAttestationManifest),
                                        .config = Put(repository, oci::image::kOciEmpty, "{}"),
                                        .layers = {Put(repository, oci::image::kInToto, kStatement)},
                                        .subject = root};
    Put(repository, oci::image::kOciManifest, oci::image::ToIndentedJson(manifest));
    const auto opened = Open(absl::StrCat("docker://", registry_->host(), "/app:1"));
    ASSERT_TRUE(opened.ok()) << opened.status();
    ASSERT_EQ(opened->result.attestations.count("linux/amd64"), 1u);
    EXPECT_EQ(opened->result.attestations.at("linux/amd64").at(0).predicate_type, "urn:x");
  }
}

TEST_F(RegistryImageTest, NoReferrersAtAll) {
  oci::registry::server::behavior::Behavior behavior;
  behavior.referrers.api = oci::registry::server::behavior::ReferrersApi::kNotFound;
  registry_ = *RegistryServer::Start({.behavior = behavior});
  PushImage("app");
  const auto opened = Open(absl::StrCat("docker://", registry_->host(), "/app:1"));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE(opened->result.attestations.empty());
}

TEST_F(RegistryImageTest, MirrorsAreAskedFirstAndPassedOver) {
  PushImage("proxy/library/app");
  const std::string config = absl::StrCat("[registry.\"docker.io\"]\nmirrors = [\"127.0.0.1:1\", \"", registry_->host(),
                                          "/proxy\"]\n[registry.\"127.0.0.1:1\"]\nhttp = true\n");
  const auto opened = Open("docker://app:1", config);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->result.metadata.at(std::string(request::kImageNameKey)), "docker.io/library/app:1");
}

// One lacks the image, one refuses, one has it: those behind it and the host itself are not asked.
TEST_F(RegistryImageTest, SeveralMirrorsInTheirOrder) {
  PushImage("app");
  const auto lacks = *RegistryServer::Start({});
  const auto refuses =
      *RegistryServer::Start({.behavior = {.faults = {{.kind = oci::registry::server::behavior::FaultKind::kStatus,
                                                       .where = oci::registry::server::wire::RequestClass::kManifestGet,
                                                       .status = 403}}}});
  const auto spare = *RegistryServer::Start({});
  const auto origin = *RegistryServer::Start({});
  const std::string config =
      absl::StrCat("[registry.\"", origin->host(), "\"]\nmirrors = [\"", lacks->host(), "\", \"", refuses->host(),
                   "\", \"", registry_->host(), "\", \"", spare->host(), "\"]\n");
  const std::string image = absl::StrCat(origin->host(), "/app:1");
  const auto opened = Open("docker://" + image, config);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->result.metadata.at(std::string(request::kImageNameKey)), image);
  EXPECT_EQ(lacks->log().ToString(), "GET /v2/app/manifests/1 404\n");
  EXPECT_EQ(refuses->log().ToString(), "GET /v2/app/manifests/1 403\n");
  EXPECT_EQ(spare->log().ToString(), "");
  EXPECT_EQ(origin->log().ToString(), "");
}

class RecordedWarnings : public oci::ProgressSink {
 public:
  std::vector<std::string> texts;
  void Report(const oci::ProgressEvent& event) override {
    if (event.state == oci::ProgressEvent::State::kWarning) texts.push_back(event.detail);
  }
};

// A proxy that knows the manifests, and has lost the layers.
TEST_F(RegistryImageTest, WhatAMirrorLacksComesFromTheNext) {
  PushImage("app");
  const std::unique_ptr<RegistryServer> origin = std::move(registry_);
  registry_ =
      *RegistryServer::Start({.behavior = {.faults = {{.kind = oci::registry::server::behavior::FaultKind::kStatus,
                                                       .where = oci::registry::server::wire::RequestClass::kBlobHead,
                                                       .path_contains = oci::Digest::Of(kLayer).ToString(),
                                                       .status = 404}}}});
  PushImage("app");
  const std::string config =
      absl::StrCat("[registry.\"", origin->host(), "\"]\nmirrors = [\"http://", registry_->host(), "/\"]\n");
  RecordedWarnings warnings;
  const oci::Context context = context_.WithProgress(warnings);
  const auto opened = OpenRegistryImage(context, Client(config), absl::StrCat("docker://", origin->host(), "/app:1"),
                                        ::testing::TempDir());
  ASSERT_TRUE(opened.ok()) << opened.status();
  const oci::Descriptor layer = opened->result.refs.begin()->second.layers.at(0).blob;
  for (int i = 0; i < 2; ++i) {
    const auto source = opened->blobs->Fetch(context, layer);
    ASSERT_TRUE(source.ok()) << source.status();
    EXPECT_EQ(*oci::io::ReadAll(context, **source, 1000), kLayer);
  }
  ASSERT_EQ(warnings.texts.size(), 1u);
  const std::string expected = absl::StrCat("mirror ", registry_->host(), "/app is passed over: ");
  EXPECT_EQ(warnings.texts[0].substr(0, expected.size()), expected);
}

TEST_F(RegistryImageTest, ErrorsNameTheImage) {
  const std::string missing = absl::StrCat("docker://", registry_->host(), "/none:1");
  const auto opened = Open(missing);
  EXPECT_EQ(oci::ReasonOf(opened.status()), oci::Reason::kNotFound);
  EXPECT_EQ(opened.status().message(),
            absl::StrCat("image ", missing, ": ", registry_->host(), "/none has no manifest 1"));
  EXPECT_EQ(oci::ReasonOf(Open("docker://Bad").status()), oci::Reason::kInvalidInput);
  EXPECT_EQ(oci::ReasonOf(Open("app:1").status()), oci::Reason::kInvalidInput);
}

}  // namespace
}  // namespace waybill::exporter::input::image
