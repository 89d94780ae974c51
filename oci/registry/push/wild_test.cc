// SPDX-License-Identifier: Apache-2.0
// Pushes to what stands where a registry is expected: web pages, proxies that hide it, tags that may not be changed.
#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/registry/push/push.h"
#include "oci/registry/server/behavior/behavior_switches.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::registry::push {
namespace {

using server::behavior::Behavior;
using server::behavior::FaultKind;
using server::wire::RequestClass;
using testing::MakeSampleImage;
using testing::SampleImage;

class WildTest : public testing::RegistryFixture {
 protected:
  static Behavior With(absl::string_view name) {
    Behavior behavior;
    server::behavior::BehaviorSwitchNamed(name)->turn_on(behavior);
    return behavior;
  }
};

// Images with and without attestations: the plain one had everything answered "there already", and nothing was sent.
TEST_F(WildTest, AWebPageIsNoRegistry) {
  for (const bool attested : {false, true}) {
    for (const int64_t layer : {1000, 2 << 20}) {
      Start(With("web-page"));
      const auto report = PushSample(MakeSampleImage({.layer_bytes = layer, .attested = attested}), {"1"});
      EXPECT_EQ(ReasonOf(report.status()), Reason::kRefused) << report.status();
      EXPECT_TRUE(absl::StrContains(report.status().message(), "a web page answered, which is no registry"))
          << report.status();
    }
  }
}

// A portal that lets uploads pass and answers the manifests itself, and the other way round.
TEST_F(WildTest, AWebPageInPlaceOfOneAnswer) {
  for (const RequestClass where :
       {RequestClass::kManifestPut, RequestClass::kUploadSingle, RequestClass::kUploadPut, RequestClass::kUploadPost}) {
    for (const bool single : {false, true}) {
      Behavior behavior;
      if (!single) behavior.uploads.single_post = server::behavior::SinglePost::kSessionOnly;
      behavior.faults = {{.kind = FaultKind::kStatus, .where = where, .status = 200}};
      Start(behavior);
      const auto report = PushSample(MakeSampleImage({}), {"1"});
      if (registry().faults_hit() == 0) continue;  // the push has another way
      EXPECT_EQ(ReasonOf(report.status()), Reason::kRefused)
          << server::wire::RequestClassName(where) << " " << report.status();
      EXPECT_EQ(registry().contents().Tagged("app", "1"), std::nullopt);
    }
  }
}

// An answer that lacks what the specification has, from a registry that did its work: it is looked at.
TEST_F(WildTest, AnOddSuccessCountsWhenTheRegistryHasIt) {
  Behavior behavior;
  behavior.faults = {{.kind = FaultKind::kLateStatus, .where = RequestClass::kManifestPut, .status = 200},
                     {.kind = FaultKind::kLateStatus, .where = RequestClass::kUploadSingle, .status = 200}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
}

// A page that "creates" a mount: the blob is sent.
TEST_F(WildTest, AMountIsBelievedWithALocationAlone) {
  Behavior behavior;
  behavior.faults = {{.kind = FaultKind::kStatus, .where = RequestClass::kUploadMount, .status = 201}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({});
  const auto report = Push(context(), host(),
                           {.root = image.root,
                            .content = *image.store,
                            .repository = "app",
                            .tags = {"1"},
                            .mount_from = {"elsewhere"}})
                          .report;
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(registry().faults_hit(), 0);
  ExpectComplete(image);
}

TEST_F(WildTest, AHeadOfAnotherSizeOrDigestIsNotTheBlob) {
  Behavior behavior;
  behavior.faults = {{.kind = FaultKind::kStatus, .where = RequestClass::kBlobHead, .status = 200},
                     {.kind = FaultKind::kStatus, .where = RequestClass::kManifestHead, .status = 200}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({.layer_bytes = 2 << 20});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
}

TEST_F(WildTest, HeadsThatAreRefused) {
  for (const int status : {400, 401, 403, 405, 501}) {
    Behavior behavior;
    behavior.blob_head_status = status;
    if (status != 401 && status != 403) behavior.manifest_head_status = status;
    Start(behavior);
    const SampleImage image = MakeSampleImage({.platforms = 2, .layer_bytes = 2 << 20, .attested = true});
    const auto report = PushSample(image, {"1"});
    ASSERT_TRUE(report.ok()) << status << " " << report.status();
    ExpectComplete(image);
    EXPECT_EQ(registry().contents().Tagged("app", "1"), image.root.digest);
    const auto again = PushSample(image, {"1"});
    ASSERT_TRUE(again.ok()) << status << " " << again.status();
    EXPECT_EQ(again->bytes_sent, 0) << status;
  }
}

TEST_F(WildTest, LocationsThatNeedCare) {
  for (const char* name : {"inner-names", "locations-with-space"}) {
    for (const int64_t layer : {1000, 2 << 20}) {
      Behavior behavior = With(name);
      behavior.uploads.single_post = server::behavior::SinglePost::kSessionOnly;
      Start(behavior);
      const SampleImage image = MakeSampleImage({.layer_bytes = layer, .attested = true});
      const auto report = PushSample(image, {"1"});
      ASSERT_TRUE(report.ok()) << name << " " << report.status();
      ExpectComplete(image);
      EXPECT_EQ(registry().open_uploads(), 0u);
    }
  }
}

// Harbor. It took 8 writes for each platform and ten seconds, and other writers got the blame.
TEST_F(WildTest, ATagThatMayNotBeChangedIsSaidAtOnce) {
  Behavior behavior = With("immutable-tags-412");
  server::behavior::BehaviorSwitchNamed("no-api")->turn_on(behavior);
  Start(behavior);
  ASSERT_TRUE(PushSample(MakeSampleImage({.platforms = 2, .attested = true, .statement = "1"}), {"1"}).ok());
  registry().log().Clear();
  const size_t waits = clock().slept().size();
  const auto report = PushSample(MakeSampleImage({.platforms = 2, .attested = true, .statement = "2"}), {"2"});
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->warnings.size(), 2u);
  for (const std::string& warning : report->warnings) {
    EXPECT_TRUE(absl::StrContains(warning, "412 Precondition Failed")) << warning;
    EXPECT_TRUE(absl::StrContains(warning, "the registry does not let the tag change")) << warning;
  }
  // Two writes for each platform, those of the two manifests, the index and its tag.
  EXPECT_LE(registry().log().Count(RequestClass::kManifestPut), 4 + 4) << registry().log().ToString();
  EXPECT_EQ(clock().slept().size(), waits);
  const auto tag = PushSample(MakeSampleImage({.seed = "other"}), {"1"});
  EXPECT_EQ(ReasonOf(tag.status()), Reason::kRefused);
  EXPECT_TRUE(absl::StrContains(tag.status().message(), "the registry does not let the tag change")) << tag.status();
}

// A registry that takes conditions and gives no ETag that it would recognise.
TEST_F(WildTest, A412ThatIsNotAboutTheTagIsTriedWithoutConditions) {
  Behavior behavior = With("no-api");
  behavior.faults = {{.kind = FaultKind::kStatus,
                      .where = RequestClass::kManifestPut,
                      .times = 1,
                      .path_contains = "/manifests/sha256-",
                      .status = 412,
                      .code = "PRECONDITION"}};
  Start(behavior);
  const auto report = PushSample(MakeSampleImage({.attested = true}), {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->subjects.at(0).how, SubjectOutcome::How::kFallbackTag) << report->subjects[0].reason;
}

}  // namespace
}  // namespace waybill::oci::registry::push
