// SPDX-License-Identifier: Apache-2.0
// Mirrors that are bad in every way: the origin gives the image, and soon.
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "exporter/input/image/registry_image.h"
#include "gtest/gtest.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/stream.h"
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
using oci::registry::server::behavior::Behavior;
using oci::registry::server::behavior::FaultKind;
using oci::registry::server::wire::RequestClass;

constexpr char kLayer[] = "not really a tarball";
// sha256sum of the layer's bytes.
constexpr char kDiffId[] = "sha256:b3b786ecd6e4f6ab3398d0b1bfd62dbc47534c8723cd3802f642f7203a3b55d7";
// Before it took minutes; a mirror that hangs costs five seconds, once.
constexpr absl::Duration kSoon = absl::Seconds(30);

class Warnings : public oci::ProgressSink {
 public:
  void Report(const oci::ProgressEvent& event) override {
    absl::MutexLock lock(&mu_);
    if (event.state == oci::ProgressEvent::State::kWarning) texts_.push_back(event.detail);
  }
  std::vector<std::string> texts() const {
    absl::MutexLock lock(&mu_);
    return texts_;
  }

 private:
  mutable absl::Mutex mu_;
  std::vector<std::string> texts_ ABSL_GUARDED_BY(mu_);
};

std::unique_ptr<EnvironmentClient> Client(const std::string& config) {
  const std::string path = ::testing::TempDir() + "/mirrors.toml";
  std::ofstream(path) << config;
  return *EnvironmentClient::Create(
      {.environment = [](absl::string_view) { return std::nullopt; }, .config_file = path, .certs_directories = {}});
}

oci::Descriptor Put(oci::registry::transfer::Repository& repository, absl::string_view type, const std::string& bytes) {
  oci::Descriptor blob{
      .media_type = std::string(type), .digest = oci::Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())};
  EXPECT_EQ(repository.Push(oci::Context(), {blob, std::make_unique<oci::io::StringSource>(bytes)}), absl::OkStatus());
  return blob;
}

// One platform, one layer, tagged "1" in "app".
void PushImage(RegistryServer& registry) {
  const auto client = Client("");
  oci::registry::transfer::Repository repository(**client->client().HostFor(registry.host(), false), "app");
  const std::string config = absl::StrCat(
      R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[")", kDiffId, R"("]}})");
  const oci::image::Manifest manifest{.media_type = std::string(oci::image::kOciManifest),
                                      .config = Put(repository, oci::image::kOciConfig, config),
                                      .layers = {Put(repository, oci::image::kOciLayer, kLayer)}};
  const oci::Descriptor root = Put(repository, oci::image::kOciManifest, oci::image::ToIndentedJson(manifest));
  EXPECT_EQ(repository.Tag(oci::Context(), root, "1"), absl::OkStatus());
}

class MirrorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    origin_ = *RegistryServer::Start({});
    mirror_ = *RegistryServer::Start({});
    PushImage(*origin_);
    PushImage(*mirror_);
    mirror_->log().Clear();
  }

  // Reads the image and its layer, twice, while the mirror behaves so.
  void ExpectPull(const Behavior& behavior, size_t warnings) {
    mirror_->SetBehavior(behavior);
    Warnings heard;
    const oci::Context context = oci::Context().WithProgress(heard);
    const absl::Time start = absl::Now();
    const auto opened = OpenRegistryImage(
        context, Client(absl::StrCat("[registry.\"", origin_->host(), "\"]\nmirrors = [\"", mirror_->host(), "\"]\n")),
        absl::StrCat("docker://", origin_->host(), "/app:1"), ::testing::TempDir());
    ASSERT_TRUE(opened.ok()) << opened.status();
    const oci::Descriptor layer = opened->result.refs.begin()->second.layers.at(0).blob;
    for (int i = 0; i < 2; ++i) {
      const auto source = opened->blobs->Fetch(context, layer);
      ASSERT_TRUE(source.ok()) << source.status();
      for (const int64_t offset : {0, 4, 20}) {
        const auto reader = (*source)->Open(context, offset);
        ASSERT_TRUE(reader.ok()) << reader.status();
        EXPECT_EQ(*oci::io::ReadAll(context, **reader, 1000), std::string(kLayer).substr(offset));
      }
    }
    EXPECT_LT(absl::Now() - start, kSoon);
    EXPECT_EQ(heard.texts().size(), warnings) << (heard.texts().empty() ? "" : heard.texts()[0]);
  }

  std::unique_ptr<RegistryServer> origin_;
  std::unique_ptr<RegistryServer> mirror_;
};

TEST_F(MirrorTest, AGoodOneGivesEverything) {
  origin_->log().Clear();
  ExpectPull({}, 0);
  EXPECT_EQ(origin_->log().ToString(), "");
}

TEST_F(MirrorTest, WebPage) { ExpectPull({.web_page = true}, 1); }

TEST_F(MirrorTest, JsonThatIsNoManifest) {
  ExpectPull(
      {.faults = {{.kind = FaultKind::kStatus, .where = RequestClass::kManifestGet, .status = 200, .code = "UNKNOWN"}}},
      1);
}

TEST_F(MirrorTest, WrongBytesOfABlob) {
  ExpectPull({.faults = {{.kind = FaultKind::kCorrupt,
                          .where = RequestClass::kBlobGet,
                          .path_contains = oci::Digest::Of(kLayer).ToString()}}},
             1);
}

TEST_F(MirrorTest, WrongBytesOfAManifest) {
  ExpectPull({.faults = {{.kind = FaultKind::kCorrupt, .where = RequestClass::kManifestGet}}}, 1);
}

TEST_F(MirrorTest, RateLimitWithoutEnd) {
  ExpectPull({.faults = {{.kind = FaultKind::kStatus, .status = 429, .retry_after = "60"}}}, 1);
  EXPECT_EQ(mirror_->log().ToString(), "GET /v2/app/manifests/1 429\n");
}

TEST_F(MirrorTest, ListingOfReferrersThatFails) {
  ExpectPull({.faults = {{.kind = FaultKind::kStatus, .where = RequestClass::kReferrers, .status = 500}}}, 1);
}

TEST_F(MirrorTest, ALayerThatEndsEarlyOrHangs) {
  for (const FaultKind kind : {FaultKind::kTruncate, FaultKind::kStall}) {
    ExpectPull({.faults = {{.kind = kind,
                            .where = RequestClass::kBlobGet,
                            .path_contains = oci::Digest::Of(kLayer).ToString(),
                            .at = 5}}},
               1);
  }
}

TEST_F(MirrorTest, NoAnswer) { ExpectPull({.faults = {{.kind = FaultKind::kDelay, .delay = absl::Hours(1)}}}, 1); }

}  // namespace
}  // namespace waybill::exporter::input::image
