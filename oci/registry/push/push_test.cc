// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/push/push.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/registry/server/registry_server.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::registry::push {
namespace {

using server::behavior::Behavior;
using server::wire::RequestClass;
using testing::MakeSampleImage;
using testing::RegistryFixture;
using testing::SampleImage;

using PushTest = RegistryFixture;

TEST_F(PushTest, ColdPushStoresEverythingAndTagsLast) {
  Start({});
  const SampleImage image = MakeSampleImage({.platforms = 2, .layers = 3, .attested = true});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->digest, image.root.digest);
  EXPECT_EQ(registry().contents().Tagged("app", "1"), image.root.digest);
  for (const Digest& digest : image.manifests) EXPECT_TRUE(registry().contents().HasManifest("app", digest));
  for (const Digest& digest : image.blobs) EXPECT_TRUE(registry().contents().HasBlob("app", digest));
  const auto requests = registry().log().All();
  EXPECT_EQ(requests.back().target, "/v2/app/manifests/1");
  EXPECT_EQ(report->bytes_again, 0);
  ASSERT_EQ(report->subjects.size(), 2u);
  for (const SubjectOutcome& subject : report->subjects) EXPECT_EQ(subject.how, SubjectOutcome::How::kApi);
  EXPECT_EQ(registry().contents().Tags("app"), std::vector<std::string>{"1"});
}

TEST_F(PushTest, SecondPushAsksOnce) {
  Start({});
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  registry().log().Clear();
  const auto again = PushSample(image, {"1"});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->requests, 1);
  EXPECT_EQ(again->bytes_sent, 0);
  registry().log().Clear();
  const auto other_tag = PushSample(image, {"2"});
  ASSERT_TRUE(other_tag.ok()) << other_tag.status();
  EXPECT_EQ(other_tag->requests, 3) << registry().log().ToString();
  EXPECT_EQ(registry().contents().Tagged("app", "2"), image.root.digest);
}

// attestation-placement=referrer: the root does not change when the attestations do.
TEST_F(PushTest, NewReferrersOfAnImageThatIsThere) {
  Start({});
  const SampleImage image = MakeSampleImage({.platforms = 2});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  const SampleImage attested = MakeSampleImage({.platforms = 2, .attested = true, .statement = "later"});
  ASSERT_EQ(attested.referrers.size(), 2u);
  content::UnionFetcher both({image.store.get(), attested.store.get()});
  const auto report =
      Push(context(), host(),
           {.root = image.root, .referrers = attested.referrers, .content = both, .repository = "app", .tags = {"1"}})
          .report;
  ASSERT_TRUE(report.ok()) << report.status();
  for (const Descriptor& referrer : attested.referrers)
    EXPECT_TRUE(registry().contents().HasManifest("app", referrer.digest));
  EXPECT_EQ(report->subjects.size(), 2u);
  EXPECT_EQ(registry().log().Count(RequestClass::kManifestPut), 3 + 2) << registry().log().ToString();
  // Tag, root and images; then the tag, whose root vouches for the images, and the referrers.
  EXPECT_EQ(registry().log().Count(RequestClass::kManifestHead), 4 + 1 + 2) << registry().log().ToString();
}

// The model of docs/registries.md: two platforms with ten layers each, attested, no single POST and no referrers API.
TEST_F(PushTest, ColdPushToDistributionStaysWithinItsBudget) {
  Behavior distribution;
  distribution.uploads.single_post = server::behavior::SinglePost::kSessionOnly;
  distribution.uploads.anonymous_mount = server::behavior::AnonymousMount::kSessionOnly;
  distribution.referrers.api = server::behavior::ReferrersApi::kNotFound;
  distribution.referrers.subject_header = server::behavior::SubjectHeader::kOmitted;
  distribution.manifests.tag_parameter = false;
  Start(distribution);
  const SampleImage image =
      MakeSampleImage({.platforms = 2, .layers = 10, .layer_bytes = (1 << 20) + 1, .attested = true});
  const auto report = PushSample(image, {"1"}, config::Fallback::kNever);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->requests, 79) << registry().log().ToString();
  EXPECT_EQ(registry().log().Count(RequestClass::kAny), report->requests);
  ExpectComplete(image);
}

TEST_F(PushTest, NewAttestationsSendNoLayer) {
  Start({});
  ASSERT_TRUE(PushSample(MakeSampleImage({.platforms = 2, .attested = true, .statement = "old"}), {"1"}).ok());
  registry().log().Clear();
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true, .statement = "new"});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  ExpectComplete(image);
  EXPECT_LT(registry().log().BodyBytes(), 8000);
  EXPECT_EQ(registry().contents().Referrers("app", image.images[0].digest).size(), 2u);
}

TEST_F(PushTest, ByDigestWritesNoTag) {
  Start({});
  const SampleImage image = MakeSampleImage({});
  const auto report = PushSample(image, {});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
  EXPECT_TRUE(registry().contents().Tags("app").empty());
  const auto again = PushSample(image, {});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->requests, 1);
}

TEST_F(PushTest, SeveralTagsGoOutAtOnceWhereThatIsKnown) {
  Start({});
  const SampleImage image = MakeSampleImage({});
  ASSERT_TRUE(PushSample(image, {"a", "b", "c"}).ok());
  EXPECT_EQ(registry().contents().Tags("app"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(registry().log().Count(RequestClass::kManifestPut), 1) << registry().log().ToString();
}

TEST_F(PushTest, SeveralTagsOneByOneElsewhere) {
  Behavior behavior;
  behavior.manifests.tag_parameter = false;
  Start(behavior);
  ASSERT_TRUE(PushSample(MakeSampleImage({}), {"a", "b", "c"}).ok());
  EXPECT_EQ(registry().contents().Tags("app"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(registry().log().Count(RequestClass::kManifestPut), 4);
  registry().log().Clear();
  ASSERT_TRUE(PushSample(MakeSampleImage({.seed = "2"}), {"a", "b", "c"}).ok());
  EXPECT_EQ(registry().log().Count(RequestClass::kManifestPut), 3);  // learned
}

TEST_F(PushTest, ImmutableTagWithTheSameDigestIsASuccess) {
  Behavior behavior;
  behavior.manifests.immutable_tags = server::behavior::ImmutableTags::kAlwaysRefused;
  Start(behavior);
  const SampleImage image = MakeSampleImage({});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  EXPECT_TRUE(PushSample(image, {"1"}).ok());
  const auto other = PushSample(MakeSampleImage({.seed = "other"}), {"1"});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(ReasonOf(other.status()), Reason::kRefused);
  EXPECT_NE(other.status().message().find("TAG_INVALID"), std::string::npos) << other.status();
  EXPECT_EQ(registry().contents().Tagged("app", "1"), image.root.digest);
}

TEST_F(PushTest, RegistryThatWantsSubjectsFirst) {
  Behavior gitlab;
  gitlab.referrers.require_subject = true;
  gitlab.referrers.api = server::behavior::ReferrersApi::kNotFound;
  gitlab.referrers.subject_header = server::behavior::SubjectHeader::kOmitted;
  gitlab.manifests.digest_tags = true;
  Start(gitlab);
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
  ASSERT_EQ(report->subjects.size(), 2u);
  EXPECT_EQ(report->subjects[0].how, SubjectOutcome::How::kFailed);
  EXPECT_EQ(report->subjects[0].reason, "the registry takes the tag for the digest of the image");
  EXPECT_EQ(report->warnings.size(), 2u);
  EXPECT_EQ(registry().contents().Tags("app"), std::vector<std::string>{"1"});
}

TEST_F(PushTest, RefusedAttestationIsNamed) {
  Behavior aliyun;
  aliyun.manifests.refuse_empty_config = true;
  aliyun.manifests.refusal_status = 403;
  aliyun.manifests.refusal_code = "DENIED";
  aliyun.manifests.refusal_message = "unknown manifest class for application/vnd.oci.empty.v1+json";
  Start(aliyun);
  const SampleImage image = MakeSampleImage({.attested = true});
  const PushOutcome outcome =
      Push(context(), host(), {.root = image.root, .content = *image.store, .repository = "app", .tags = {"1"}});
  const absl::Status& refusal = outcome.report.status();
  EXPECT_EQ(ReasonOf(refusal), Reason::kRefused);
  EXPECT_EQ(outcome.refused_attestation, image.referrers[0].digest);
  EXPECT_NE(refusal.message().find("unknown manifest class"), std::string::npos) << refusal;
  EXPECT_EQ(registry().contents().Tagged("app", "1"), std::nullopt);
}

TEST_F(PushTest, MissingBlobIsSentAgain) {
  Behavior behavior;
  behavior.faults = {{.kind = server::behavior::FaultKind::kForgetBlob, .where = RequestClass::kAny, .times = 1}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({.layers = 3});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status() << registry().log().ToString();
  EXPECT_GE(registry().faults_hit(), 1);
  ExpectComplete(image);
  EXPECT_EQ(registry().contents().Tagged("app", "1"), image.root.digest);
}

// Replicas that lag behind: what is missing is sent at once, then after waits.
TEST_F(PushTest, MissingBlobsAreWaitedFor) {
  Behavior behavior;
  behavior.faults = {{.where = RequestClass::kManifestPut, .times = 3, .status = 404, .code = "MANIFEST_BLOB_UNKNOWN"}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(registry().log().Count(RequestClass::kManifestPut), 4);
  EXPECT_EQ(clock().slept().size(), 2u);
  EXPECT_EQ(registry().contents().Tagged("app", "1"), image.root.digest);
}

// An index is refused because an image that is there lost a blob: garbage collection.
TEST_F(PushTest, WhatAPresentImageLostIsSentAgain) {
  Start({});
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  for (const Digest& blob : image.blobs) {
    ASSERT_TRUE(host()
                    .Send(context(), {.method = "DELETE",
                                      .target = "/v2/app/blobs/" + blob.ToString(),
                                      .access = {.repository = "app", .push = true}})
                    .ok());
    EXPECT_FALSE(registry().contents().HasBlob("app", blob));
  }
  registry().SetBehavior({.faults = {{.where = RequestClass::kManifestPut,
                                      .times = 1,
                                      .path_contains = "/manifests/2",
                                      .status = 404,
                                      .code = "MANIFEST_BLOB_UNKNOWN"}}});
  const auto report = PushSample(image, {"2"});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
}

TEST_F(PushTest, MountsFromTheRepositoryPushedBefore) {
  Start({});
  const SampleImage image = MakeSampleImage({.layers = 3, .layer_bytes = 2 << 20});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  registry().log().Clear();
  const auto report =
      Push(context(), host(),
           {.root = image.root, .content = *image.store, .repository = "other", .tags = {"1"}, .mount_from = {"app"}})
          .report;
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image, "other");
  EXPECT_EQ(registry().log().Count(RequestClass::kUploadMount), 4);
  EXPECT_LT(registry().log().BodyBytes(), 2000);
}

TEST_F(PushTest, BodyLimitOfAProxyLeadsToChunks) {
  Behavior behavior;
  behavior.uploads.body_limit = 3 << 20;
  Start(behavior);
  const SampleImage image = MakeSampleImage({.layers = 1, .layer_bytes = 8 << 20});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
  EXPECT_GT(registry().log().Count(RequestClass::kUploadPatch), 2);
}

// OCI-Chunk-Min-Length: 8 and 4 MiB are too large for the proxy, less than 2 MiB is too small for the registry.
TEST_F(PushTest, ChunksAreNoSmallerThanTheRegistryWants) {
  Behavior behavior;
  behavior.uploads.body_limit = 3 << 20;
  behavior.uploads.chunk_minimum = 2 << 20;
  Start(behavior);
  const SampleImage image = MakeSampleImage({.layers = 1, .layer_bytes = 8 << 20});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
  EXPECT_EQ(registry().log().Count(RequestClass::kUploadPatch), 1 + 4) << registry().log().ToString();
}

TEST_F(PushTest, TheSizeOfChunksIsFoundOutOnce) {
  Behavior behavior;
  behavior.uploads.body_limit = 3 << 20;
  Start(behavior);
  ASSERT_TRUE(PushSample(MakeSampleImage({.layers = 1, .layer_bytes = 8 << 20, .seed = "a"}), {"1"}).ok());
  registry().log().Clear();
  ASSERT_TRUE(PushSample(MakeSampleImage({.layers = 1, .layer_bytes = 8 << 20, .seed = "b"}), {"1"}).ok());
  for (const auto& request : registry().log().All()) EXPECT_NE(request.status, 413) << request.target;
}

// The fifth of eight chunks breaks off: the four that are there are not sent again.
TEST_F(PushTest, BrokenChunkedUploadGoesOnWhereItStands) {
  Behavior behavior;
  behavior.uploads.body_limit = 3 << 20;
  behavior.faults = {{.kind = server::behavior::FaultKind::kDrop,
                      .where = RequestClass::kUploadPatch,
                      .skip = 5,  // one of them finds out the size of a chunk
                      .times = 2,
                      .at = 1000}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({.layers = 1, .layer_bytes = 8 << 20});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
  EXPECT_EQ(registry().faults_hit(), 2);
  EXPECT_EQ(registry().log().Count(RequestClass::kUploadStatus), 2) << registry().log().ToString();
  EXPECT_EQ(registry().log().Count(RequestClass::kUploadPatch), 1 + 8 + 2) << registry().log().ToString();
}

// Nothing arrived yet: a session of which the registry says "0-0" is not used again.
TEST_F(PushTest, ChunkedUploadThatBreaksAtOnceStartsOver) {
  Behavior behavior;
  behavior.uploads.body_limit = 3 << 20;
  behavior.faults = {{.kind = server::behavior::FaultKind::kDrop,
                      .where = RequestClass::kUploadPatch,
                      .skip = 1,
                      .times = 1,
                      .at = 1000}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({.layers = 1, .layer_bytes = 8 << 20});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
  EXPECT_EQ(registry().log().Count(RequestClass::kUploadStatus), 1);
  EXPECT_EQ(registry().log().Count(RequestClass::kUploadPatch), 1 + 1 + 8) << registry().log().ToString();
}

TEST_F(PushTest, ChunksThatAreLostAreNoticed) {
  Behavior ecr;
  ecr.uploads.body_limit = 3 << 20;
  ecr.uploads.chunked = server::behavior::Chunked::kLosesLater;
  Start(ecr);
  const auto report = PushSample(MakeSampleImage({.layers = 1, .layer_bytes = 8 << 20}), {"1"});
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.status().message().find("takes no chunked upload"), std::string::npos) << report.status();
  EXPECT_EQ(registry().contents().Tagged("app", "1"), std::nullopt);
}

TEST_F(PushTest, EveryFormOfLocation) {
  for (const server::behavior::Locations form :
       {server::behavior::Locations::kRelative, server::behavior::Locations::kAbsolute,
        server::behavior::Locations::kOtherPort}) {
    Behavior behavior;
    behavior.uploads.locations = form;
    behavior.uploads.single_post = server::behavior::SinglePost::kSessionOnly;
    Start(behavior);
    const SampleImage image = MakeSampleImage({.layers = 2, .layer_bytes = 2 << 20});
    const auto report = PushSample(image, {"1"});
    ASSERT_TRUE(report.ok()) << report.status();
    ExpectComplete(image);
  }
}

TEST_F(PushTest, RateLimitPausesTheHostAndDoesNotCount) {
  Behavior behavior;
  behavior.faults = {{.kind = server::behavior::FaultKind::kStatus,
                      .where = RequestClass::kManifestPut,
                      .times = 9,
                      .status = 429,
                      .retry_after = "7",
                      .code = "TOOMANYREQUESTS"}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(registry().contents().Tagged("app", "1"), image.root.digest);
  for (const absl::Duration wait : clock().slept()) EXPECT_GE(wait, absl::Seconds(7));
  EXPECT_EQ(clock().slept().size(), 9u);
}

TEST_F(PushTest, ProgressTellsRetriesAndGoesBack) {
  Behavior behavior;
  behavior.faults = {
      {.kind = server::behavior::FaultKind::kDrop, .where = RequestClass::kUploadPut, .times = 1, .at = 2 << 20}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({.layers = 1, .layer_bytes = 4 << 20});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
  EXPECT_GT(report->bytes_again, 0);
  EXPECT_GT(report->bytes_sent, 4 << 20);
  const std::string layer = image.blobs[1].ToString();
  bool retried = false, back = false, done = false;
  for (const ProgressEvent& event : progress().events()) {
    if (event.item != layer) continue;
    retried |= event.state == ProgressEvent::State::kRetrying && event.current == 0 && !event.detail.empty();
    back |= retried && event.state == ProgressEvent::State::kTransferring && event.current == 0;
    done |= back && event.state == ProgressEvent::State::kDone && event.current == event.total;
  }
  EXPECT_TRUE(retried && back && done);
}

// What is not about one blob is told of the push itself.
TEST_F(PushTest, EveryRetryIsTold) {
  Behavior behavior;
  behavior.faults = {
      {.kind = server::behavior::FaultKind::kStatus, .where = RequestClass::kManifestHead, .times = 1, .status = 503}};
  Start(behavior);
  ASSERT_TRUE(PushSample(MakeSampleImage({}), {"1"}).ok());
  std::vector<ProgressEvent> told;
  for (const ProgressEvent& event : progress().events()) {
    if (event.item.empty()) told.push_back(event);
  }
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].state, ProgressEvent::State::kRetrying);
  EXPECT_EQ(told[0].detail, "HEAD http://" + registry().host() + "/v2/app/manifests/1: 503 Service Unavailable");
  EXPECT_EQ(told[1].state, ProgressEvent::State::kTransferring);
}

// The blob is there although its answer got lost: it is not sent twice.
TEST_F(PushTest, LostAnswerIsLookedUp) {
  Behavior behavior;
  behavior.faults = {{.kind = server::behavior::FaultKind::kDropAnswer, .where = RequestClass::kUploadPut, .times = 1}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({.layers = 1, .layer_bytes = 4 << 20});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_LT(report->bytes_sent, 5 << 20);
  EXPECT_EQ(registry().log().Count(RequestClass::kUploadPut), 1) << registry().log().ToString();
}

// A proxy that gives up while the registry commits.
TEST_F(PushTest, AnswerThatAProxyReplacedIsLookedUp) {
  for (const int status : {408, 500, 502, 503, 504, 524}) {
    Behavior behavior;
    behavior.faults = {{.kind = server::behavior::FaultKind::kLateStatus,
                        .where = RequestClass::kUploadPut,
                        .times = 1,
                        .status = status}};
    Start(behavior);
    const SampleImage image = MakeSampleImage({.layers = 1, .layer_bytes = 4 << 20});
    const auto report = PushSample(image, {"1"});
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_LT(report->bytes_sent, 5 << 20);
    EXPECT_EQ(report->bytes_again, 0);
    EXPECT_EQ(registry().log().Count(RequestClass::kUploadPut), 1) << registry().log().ToString();
    EXPECT_EQ(registry().open_uploads(), 0u);
  }
}

// That the blob cannot be looked up ends nothing.
TEST_F(PushTest, FailedLookUpIsANewAttempt) {
  Behavior behavior;
  behavior.faults = {
      {.kind = server::behavior::FaultKind::kLateStatus, .where = RequestClass::kUploadPut, .times = 1, .status = 502},
      {.where = RequestClass::kBlobHead, .skip = 1, .times = 6, .status = 500}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({.layers = 1, .layer_bytes = 4 << 20});
  const auto report = PushSample(image, {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(registry().log().Count(RequestClass::kUploadPut), 2) << registry().log().ToString();
}

TEST_F(PushTest, RefusalIsNoRetry) {
  Behavior behavior;
  behavior.faults = {{.where = RequestClass::kUploadPut, .status = 403, .code = "DENIED"}};
  Start(behavior);
  const SampleImage image = MakeSampleImage({.layers = 1, .layer_bytes = 4 << 20});
  EXPECT_EQ(ReasonOf(PushSample(image, {"1"}).status()), Reason::kAuth);
  for (const ProgressEvent& event : progress().events()) {
    EXPECT_NE(event.state, ProgressEvent::State::kRetrying) << event.detail;
  }
  EXPECT_EQ(registry().open_uploads(), 0u);
}

// A registry keeps the bytes of sessions that nobody ends.
TEST_F(PushTest, NoUploadStaysOpen) {
  for (const int times : {1, -1}) {
    Behavior behavior;
    behavior.faults = {
        {.kind = server::behavior::FaultKind::kDrop, .where = RequestClass::kUploadPut, .times = times, .at = 2 << 20}};
    Start(behavior);
    const auto report = PushSample(MakeSampleImage({.layers = 1, .layer_bytes = 4 << 20}), {"1"});
    EXPECT_EQ(report.ok(), times == 1) << report.status();
    EXPECT_EQ(registry().open_uploads(), 0u);
    EXPECT_GE(registry().log().Count(RequestClass::kUploadCancel), 1);
  }
}

TEST_F(PushTest, CancelledPushLeavesNoTag) {
  Start({});
  std::stop_source stop;
  stop.request_stop();
  const SampleImage image = MakeSampleImage({});
  const auto report = Push(context().WithStop(stop.get_token()), host(),
                           {.root = image.root, .content = *image.store, .repository = "app", .tags = {"1"}})
                          .report;
  EXPECT_EQ(ReasonOf(report.status()), Reason::kInterrupted);
  EXPECT_TRUE(registry().contents().Tags("app").empty());
}

}  // namespace
}  // namespace waybill::oci::registry::push
