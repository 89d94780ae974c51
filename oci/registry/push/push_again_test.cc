// SPDX-License-Identifier: Apache-2.0
// An image that is there already, in whole or in part: its attestations have to be found all the same.
#include <stop_token>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/registry/push/push.h"
#include "oci/registry/testing/registry_fixture.h"
#include "oci/testing/recorded_facts.h"

namespace waybill::oci::registry::push {
namespace {

using server::behavior::Behavior;
using server::wire::LoggedRequest;
using server::wire::RequestClass;
using testing::MakeSampleImage;
using testing::SampleImage;
using How = SubjectOutcome::How;

Behavior NoApi() {
  Behavior behavior;
  behavior.referrers.api = server::behavior::ReferrersApi::kNotFound;
  behavior.referrers.subject_header = server::behavior::SubjectHeader::kOmitted;
  return behavior;
}

class PushAgainTest : public testing::RegistryFixture {
 protected:
  // As a process that knows nothing yet.
  absl::StatusOr<PushReport> PushAnew(const SampleImage& image, config::Fallback fallback = config::Fallback::kAuto) {
    NewClient();
    registry().log().Clear();
    return PushSample(image, {"1"}, fallback);
  }

  void ExpectFallbackTags(const SampleImage& image) {
    for (const Descriptor& subject : image.images) {
      EXPECT_TRUE(registry().contents().Tagged("app", "sha256-" + std::string(subject.digest.hex())).has_value());
    }
  }

  // A push that is cancelled once the registry has answered a PUT whose target contains `part`.
  void CancelAt(const SampleImage& image, const std::string& part) {
    std::stop_source stop;
    StartWith({.behavior = NoApi(), .on_request = [&stop, part](const LoggedRequest& request) {
                 if (request.method == "PUT" && absl::StrContains(request.target, part)) stop.request_stop();
               }});
    const auto report = Push(context().WithStop(stop.get_token()), host(),
                             {.root = image.root, .content = *image.store, .repository = "app", .tags = {"1"}})
                            .report;
    EXPECT_EQ(ReasonOf(report.status()), Reason::kInterrupted) << report.status();
  }

  const SampleImage image_ = MakeSampleImage({.platforms = 2, .attested = true});
};

TEST_F(PushAgainTest, TellsTheObserverWhereBlobsCameFrom) {
  using Fate = BlobDelivered::How;
  Start({});
  const auto push = [this](const std::string& repository, const std::vector<std::string>& tags) {
    oci::testing::RecordedFacts facts;
    NewClient();
    EXPECT_TRUE(Push(context().WithObserver(&facts), host(),
                     {.root = image_.root,
                      .content = *image_.store,
                      .repository = repository,
                      .tags = tags,
                      .mount_from = {"app"}})
                    .report.ok());
    EXPECT_EQ(facts.Of<BlobDelivered>().size(), image_.blobs.size());
    return std::vector<int64_t>{facts.BytesOf(Fate::kPushed), facts.BytesOf(Fate::kMounted),
                                facts.BytesOf(Fate::kPresent)};
  };
  const int64_t all = image_.blob_bytes;
  EXPECT_EQ(push("app", {"1"}), (std::vector<int64_t>{all, 0, 0}));
  EXPECT_EQ(push("app", {"1"}), (std::vector<int64_t>{0, 0, all}));
  EXPECT_EQ(push("app", {"2"}), (std::vector<int64_t>{0, 0, all}));
  EXPECT_EQ(push("other", {"1"}), (std::vector<int64_t>{0, all, 0}));
}

TEST_F(PushAgainTest, TellsTheObserverOfFallbackTags) {
  Start(NoApi());
  oci::testing::RecordedFacts facts;
  EXPECT_TRUE(Push(context().WithObserver(&facts), host(),
                   {.root = image_.root, .content = *image_.store, .repository = "app", .tags = {"1"}})
                  .report.ok());
  ASSERT_EQ(facts.Of<FallbackTagEnded>().size(), 2u);
  for (const FallbackTagEnded& tag : facts.Of<FallbackTagEnded>()) {
    EXPECT_TRUE(tag.written);
    EXPECT_FALSE(tag.repaired);
  }
}

TEST_F(PushAgainTest, RequiringTheApiFailsEveryTime) {
  Start(NoApi());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ReasonOf(PushAnew(image_, config::Fallback::kRequireApi).status()), Reason::kRefused) << i;
    EXPECT_EQ(registry().contents().Tagged("app", "1"), std::nullopt);
  }
  ASSERT_TRUE(PushAnew(image_, config::Fallback::kNever).ok());
  EXPECT_EQ(ReasonOf(PushAnew(image_, config::Fallback::kRequireApi).status()), Reason::kRefused);
}

TEST_F(PushAgainTest, TagsThatAnEarlierPushDidNotWriteAreWritten) {
  Start(NoApi());
  const auto never = PushAnew(image_, config::Fallback::kNever);
  ASSERT_TRUE(never.ok()) << never.status();
  EXPECT_EQ(registry().contents().Tags("app").size(), 1u);
  EXPECT_EQ(PushAnew(image_, config::Fallback::kNever)->requests, 1);

  const auto written = PushAnew(image_);
  ASSERT_TRUE(written.ok()) << written.status();
  ASSERT_EQ(written->subjects.size(), 2u);
  for (const SubjectOutcome& subject : written->subjects) EXPECT_EQ(subject.how, How::kFallbackTag);
  ExpectFallbackTags(image_);
}

// The tag and the two fallback tags: complete ones say that there is no API to ask.
TEST_F(PushAgainTest, CompleteFallbackTagsAreReadAndNothingElse) {
  Start(NoApi());
  ASSERT_TRUE(PushAnew(image_).ok());
  for (const config::Fallback fallback : {config::Fallback::kAuto, config::Fallback::kAlways}) {
    const auto again = PushAnew(image_, fallback);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->requests, 3) << registry().log().ToString();
    EXPECT_EQ(registry().log().Count(RequestClass::kReferrers), 0);
    ASSERT_EQ(again->subjects.size(), 2u);
    EXPECT_EQ(again->subjects[1].how, How::kFallbackTag);
  }
}

TEST_F(PushAgainTest, TheApiIsAskedForOnceInAProcess) {
  Start({});
  ASSERT_TRUE(PushAnew(image_).ok());
  const auto anew = PushAnew(image_);
  ASSERT_TRUE(anew.ok()) << anew.status();
  EXPECT_EQ(anew->requests, 3) << registry().log().ToString();  // the tag, one fallback tag, the API
  ASSERT_EQ(anew->subjects.size(), 2u);
  EXPECT_EQ(anew->subjects[0].how, How::kApi);
  EXPECT_EQ(PushSample(image_, {"1"})->requests, 1);
  EXPECT_EQ(PushAnew(image_, config::Fallback::kRequireApi)->requests, 2);
  EXPECT_EQ(registry().contents().Tags("app").size(), 1u);
  ASSERT_TRUE(PushAnew(image_, config::Fallback::kAlways).ok());
  ExpectFallbackTags(image_);
}

TEST_F(PushAgainTest, AnInterruptedPushIsMadeUpFor) {
  for (const std::string& part : {"/manifests/" + image_.referrers[0].digest.ToString(),
                                  "/manifests/sha256-" + std::string(image_.images[0].digest.hex())}) {
    CancelAt(image_, part);
    const auto again = PushAnew(image_);
    ASSERT_TRUE(again.ok()) << again.status();
    ExpectComplete(image_);
    ExpectFallbackTags(image_);
    ASSERT_EQ(again->subjects.size(), 2u);
    EXPECT_EQ(again->subjects[0].how, How::kFallbackTag);
  }
}

// Quay on a bad day. A tag on a registry that has the API would be litter.
TEST_F(PushAgainTest, AnApiThatFailsIsNotNoApi) {
  Behavior behavior;
  behavior.referrers.subject_header = server::behavior::SubjectHeader::kOmitted;
  behavior.faults = {{.where = RequestClass::kReferrers, .status = 500}};
  Start(behavior);
  const auto required = PushAnew(image_, config::Fallback::kRequireApi);
  EXPECT_FALSE(absl::StrContains(required.status().message(), "has no referrers API")) << required.status();
  EXPECT_TRUE(absl::StrContains(required.status().message(), "500 Internal Server Error")) << required.status();
  for (int i = 0; i < 2; ++i) {
    const auto report = PushAnew(image_);
    ASSERT_TRUE(report.ok()) << report.status();
    ASSERT_EQ(report->subjects.size(), 2u);
    EXPECT_EQ(report->subjects[0].how, How::kFailed);
    ASSERT_EQ(report->warnings.size(), 2u);
    EXPECT_TRUE(absl::StrContains(report->warnings[0], "500 Internal Server Error")) << report->warnings[0];
    EXPECT_EQ(registry().contents().Tags("app").size(), 1u);
  }
}

// GitLab: what cannot be found is said each time.
TEST_F(PushAgainTest, WarningsComeAgain) {
  Behavior gitlab = NoApi();
  gitlab.manifests.digest_tags = true;
  Start(gitlab);
  for (int i = 0; i < 2; ++i) {
    const auto report = PushAnew(image_);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->warnings.size(), 2u) << i;
  }
}

}  // namespace
}  // namespace waybill::oci::registry::push
