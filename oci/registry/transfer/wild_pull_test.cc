// SPDX-License-Identifier: Apache-2.0
// Pulls from registries that refuse HEAD, give documents odd types, or are none.
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/io/stream.h"
#include "oci/registry/testing/registry_fixture.h"
#include "oci/registry/transfer/manifests.h"
#include "oci/registry/transfer/repository.h"

namespace waybill::oci::registry::transfer {
namespace {

using server::behavior::Behavior;
using server::wire::RequestClass;
using WildPullTest = testing::RegistryFixture;

TEST_F(WildPullTest, BlobsWithoutHead) {
  const std::string bytes = "0123456789";
  for (const int status : {400, 401, 403, 405, 501}) {
    for (const int64_t size : {int64_t{10}, int64_t{-1}}) {
      Start({.blob_head_status = status});
      ASSERT_TRUE(registry().contents().AddBlob("app", bytes).ok());
      Repository repository(host(), "app");
      for (int i = 0; i < 2; ++i) {
        const auto source = repository.Fetch(context(), {.digest = Digest::Of(bytes), .size = size});
        ASSERT_TRUE(source.ok()) << status << " " << source.status();
        EXPECT_EQ((*source)->size(), 10);
        EXPECT_EQ(*io::ReadAll(context(), **source, 100), bytes);
      }
      EXPECT_EQ(registry().log().Count(RequestClass::kBlobHead), 1) << "asked again where it was refused";
      const Descriptor other{.digest = Digest::Of("other"), .size = 5};
      EXPECT_EQ(ReasonOf(repository.Fetch(context(), other).status()), Reason::kNotFound);
      const Descriptor longer{.digest = Digest::Of(bytes), .size = 11};
      EXPECT_EQ(ReasonOf(repository.Fetch(context(), longer).status()), Reason::kVerification);
    }
  }
}

TEST_F(WildPullTest, AnEmptyBlobWithoutHead) {
  Start({.blob_head_status = 405});
  ASSERT_TRUE(registry().contents().AddBlob("app", "").ok());
  const auto source = Repository(host(), "app").Fetch(context(), {.digest = Digest::Of(""), .size = 0});
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->size(), 0);
}

TEST_F(WildPullTest, TheDocumentTellsItsType) {
  for (const char* type : {"text/html", "application/octet-stream", "application/json; charset=utf-8",
                           "application/vnd.docker.distribution.manifest.v2+json"}) {
    for (const int platforms : {1, 2}) {
      Start({});
      const testing::SampleImage image = testing::MakeSampleImage({.platforms = platforms});
      ASSERT_TRUE(PushSample(image, {"1"}).ok());
      Behavior odd;
      odd.manifests.served_type = type;
      registry().SetBehavior(odd);
      Repository repository(host(), "app");
      for (const std::string& reference : {std::string("1"), image.root.digest.ToString()}) {
        const auto root = repository.Resolve(context(), reference);
        ASSERT_TRUE(root.ok()) << type << " " << root.status();
        EXPECT_EQ(*root, image.root) << type;
      }
    }
  }
}

TEST_F(WildPullTest, AWebPageIsNoManifest) {
  Start({.web_page = true});
  Repository repository(host(), "app");
  for (const std::string& reference : {std::string("1"), Digest::Of("x").ToString()}) {
    const absl::Status status = repository.Resolve(context(), reference).status();
    EXPECT_EQ(ReasonOf(status), Reason::kRefused) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "200 OK without a manifest; a web page answered")) << status;
  }
  Traffic traffic;
  EXPECT_EQ(ReasonOf(Manifests(host(), "app", traffic).Head(context(), Digest::Of("x").ToString()).status()),
            Reason::kRefused);
  const absl::Status blob = repository.Fetch(context(), {.digest = Digest::Of("x"), .size = 1}).status();
  EXPECT_EQ(ReasonOf(blob), Reason::kRefused) << blob;
}

// By tag, only Docker-Content-Digest tells what was meant.
TEST_F(WildPullTest, ATagWhoseBytesAreNotWhatTheHeaderSays) {
  Start({});
  const testing::SampleImage image = testing::MakeSampleImage({});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  Behavior wrong;
  wrong.faults = {{.kind = server::behavior::FaultKind::kWrongDigest, .where = RequestClass::kManifestGet}};
  registry().SetBehavior(wrong);
  EXPECT_EQ(ReasonOf(Repository(host(), "app").Resolve(context(), "1").status()), Reason::kVerification);
}

}  // namespace
}  // namespace waybill::oci::registry::transfer
