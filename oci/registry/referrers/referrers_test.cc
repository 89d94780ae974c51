// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/referrers/referrers.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "oci/clock.h"
#include "oci/content/referrers.h"
#include "oci/error.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/image/media_types.h"
#include "oci/image/referrers_tag.h"
#include "oci/registry/referrers/fallback_tag.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::registry::referrers {
namespace {

using server::behavior::Behavior;
using server::wire::RequestClass;
using testing::MakeSampleImage;
using testing::RegistryFixture;
using testing::SampleImage;

Behavior NoApi(server::behavior::ReferrersApi how) {
  Behavior behavior;
  behavior.referrers.api = how;
  behavior.referrers.subject_header = server::behavior::SubjectHeader::kOmitted;
  return behavior;
}

class ReferrersTest : public RegistryFixture {
 protected:
  absl::StatusOr<std::vector<Descriptor>> List(const Digest& subject, const std::string& type = "") {
    return Referrers(host(), "app", traffic_).List(context(), subject, type);
  }
  static std::set<std::string> Digests(const std::vector<Descriptor>& entries) {
    std::set<std::string> digests;
    for (const Descriptor& entry : entries) digests.insert(entry.digest.ToString());
    return digests;
  }
  Traffic traffic_;
};

TEST_F(ReferrersTest, ApiWithPagesAndFilter) {
  Behavior behavior;
  behavior.referrers.page = 2;
  Start(behavior);
  std::set<std::string> expected;
  Descriptor subject{.digest = Digest::Of("")};
  for (int i = 0; i < 5; ++i) {
    const SampleImage image = MakeSampleImage({.attested = true, .statement = std::string(1, 'a' + i)});
    ASSERT_TRUE(PushSample(image, {}).ok());
    expected.insert(image.referrers[0].digest.ToString());
    subject = image.images[0];
  }
  registry().log().Clear();
  const auto all = List(subject.digest);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(Digests(*all), expected);
  EXPECT_EQ(registry().log().Count(RequestClass::kReferrers), 3);
  EXPECT_EQ(List(subject.digest, "application/vnd.docker.attestation.manifest.v1+json")->size(), 5u);
  EXPECT_EQ(List(subject.digest, "application/spdx+json")->size(), 0u);
  behavior.referrers.filter = false;
  registry().SetBehavior(behavior);
  EXPECT_EQ(List(subject.digest, "application/spdx+json")->size(), 0u);
}

// As the role: the place of each entry, as many as are wanted, and no more requests than needed.
TEST_F(ReferrersTest, TheRoleTellsThePlaceAndStopsAtTheLimit) {
  Behavior behavior;
  behavior.referrers.page = 2;
  Start(behavior);
  Digest subject = Digest::Of("");
  for (int i = 0; i < 5; ++i) {
    const SampleImage image = MakeSampleImage({.attested = true, .statement = std::string(1, 'a' + i)});
    ASSERT_TRUE(PushSample(image, {}).ok());
    subject = image.images[0].digest;
  }
  Referrers referrers(host(), "app", traffic_);
  const auto all = referrers.ListReferrers(context(), subject, 10);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->referrers.size(), 5u);
  EXPECT_FALSE(all->is_cut);
  EXPECT_EQ(all->referrers[4].place, content::ReferrerPlace::kApi);
  registry().log().Clear();
  const auto some = referrers.ListReferrers(context(), subject, 3);
  ASSERT_TRUE(some.ok()) << some.status();
  EXPECT_EQ(some->referrers.size(), 3u);
  EXPECT_TRUE(some->is_cut);
  EXPECT_EQ(registry().log().Count(RequestClass::kReferrers), 2) << "the third page is not asked for";
}

TEST_F(ReferrersTest, TheRoleAsksARegistryWithoutTheApiOnce) {
  Start(NoApi(server::behavior::ReferrersApi::kNotFound));
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  NewClient();
  registry().log().Clear();
  Referrers referrers(host(), "app", traffic_);
  for (int i = 0; i < 2; ++i) {
    const auto listed = referrers.ListReferrers(context(), image.images[i].digest, 10);
    ASSERT_TRUE(listed.ok()) << listed.status();
    ASSERT_EQ(listed->referrers.size(), 1u);
    EXPECT_EQ(listed->referrers[0].descriptor, image.referrers[i]);
    EXPECT_EQ(listed->referrers[0].place, content::ReferrerPlace::kFallbackTag);
  }
  EXPECT_EQ(registry().log().Count(RequestClass::kReferrers), 1);
}

TEST_F(ReferrersTest, FallbackTagWhereThereIsNoApi) {
  for (const server::behavior::ReferrersApi how :
       {server::behavior::ReferrersApi::kNotFound, server::behavior::ReferrersApi::kMethodNotAllowed,
        server::behavior::ReferrersApi::kHtml, server::behavior::ReferrersApi::kRedirect}) {
    Start(NoApi(how));
    const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
    const auto report = PushSample(image, {"1"});
    ASSERT_TRUE(report.ok()) << report.status();
    ASSERT_EQ(report->subjects.size(), 2u);
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(report->subjects[i].how, push::SubjectOutcome::How::kFallbackTag);
      const auto listed = List(image.images[i].digest);
      ASSERT_TRUE(listed.ok()) << listed.status();
      ASSERT_EQ(listed->size(), 1u);
      EXPECT_EQ(listed->front(), image.referrers[i]);
      EXPECT_TRUE(
          registry().contents().Tagged("app", "sha256-" + std::string(image.images[i].digest.hex())).has_value());
    }
    EXPECT_EQ(registry().contents().Tags("app").size(), 3u);
  }
}

TEST_F(ReferrersTest, FallbackKeepsWhatOthersWrote) {
  Start(NoApi(server::behavior::ReferrersApi::kNotFound));
  const SampleImage first = MakeSampleImage({.attested = true, .statement = "1"});
  const SampleImage second = MakeSampleImage({.attested = true, .statement = "2"});
  ASSERT_TRUE(PushSample(first, {"1"}).ok());
  ASSERT_TRUE(PushSample(second, {"1"}).ok());
  EXPECT_EQ(Digests(*List(first.images[0].digest)),
            (std::set<std::string>{first.referrers[0].digest.ToString(), second.referrers[0].digest.ToString()}));
}

// A machine that had no time for us since the tag was read: others believe by now that nobody writes any more.
TEST_F(ReferrersTest, WhatWasReadLongAgoIsReadAgainBeforeItIsWritten) {
  Start(NoApi(server::behavior::ReferrersApi::kNotFound));
  const SampleImage first = MakeSampleImage({.attested = true, .statement = "1"});
  const SampleImage second = MakeSampleImage({.attested = true, .statement = "2"});
  ASSERT_TRUE(PushSample(second, {"2"}, config::Fallback::kNever).ok());
  Referrers referrers(host(), "app", traffic_);
  const auto empty = referrers.ReadFallback(context(), first.images[0].digest);
  ASSERT_TRUE(empty.ok()) << empty.status();
  ASSERT_TRUE(PushSample(first, {"1"}).ok());
  ASSERT_TRUE(clock().Sleep(context(), absl::Seconds(1)).ok());
  const auto written = referrers.WriteFallback(context(), first.images[0], {second.referrers[0]}, *empty);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_TRUE(written->written) << written->reason;
  EXPECT_EQ(Digests(*List(first.images[0].digest)),
            (std::set<std::string>{first.referrers[0].digest.ToString(), second.referrers[0].digest.ToString()}));
}

// Does something while somebody sleeps, once for each sleep until nothing is left to do.
class BusyClock final : public Clock {
 public:
  BusyClock(Clock& clock, std::vector<std::function<void()>> meanwhile)
      : clock_(clock), meanwhile_(std::move(meanwhile)) {}
  absl::Time Now() override { return clock_.Now(); }
  absl::Status Sleep(const Context& context, absl::Duration wait) override {
    if (sleeps_ < meanwhile_.size()) meanwhile_[sleeps_]();
    ++sleeps_;
    return clock_.Sleep(context, wait);
  }
  double Random() override { return clock_.Random(); }
  size_t sleeps() const { return sleeps_; }

 private:
  Clock& clock_;
  const std::vector<std::function<void()>> meanwhile_;
  size_t sleeps_ = 0;
};

// One who wrote after us is seldom alone: another may have read before us, and write last.
TEST_F(ReferrersTest, WhileOthersWriteNobodyIsDone) {
  Start(NoApi(server::behavior::ReferrersApi::kNotFound));
  std::vector<SampleImage> images;
  for (const char* statement : {"1", "2", "3"}) {
    images.push_back(MakeSampleImage({.attested = true, .statement = statement}));
    ASSERT_TRUE(PushSample(images.back(), {statement}, config::Fallback::kNever).ok());
  }
  const Descriptor& subject = images[0].images[0];
  const std::string tag = image::ReferrersTag(subject.digest);
  const auto write = [&](const std::vector<Descriptor>& entries) {
    const auto bytes = MergeReferrers("", entries);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    const auto answer = transfer::Manifests(host(), "app", traffic_)
                            .Put(context(), tag, {.media_type = std::string(image::kOciIndex), .bytes = *bytes});
    ASSERT_TRUE(answer.ok()) << answer.status();
  };
  BusyClock busy(clock(), {[&] {
                             write({images[0].referrers[0], images[1].referrers[0]});
                           },
                           [&] {
                             write({images[1].referrers[0], images[2].referrers[0]});
                           }});
  testing::FixedCredentials nobody{auth::Credentials{}};
  http::curl::CurlTransport transport{http::curl::CurlTransport::Options{}};
  Client client({transport, nobody, busy}, {});
  Referrers referrers(**client.HostFor(registry().host(), false), "app", traffic_);
  const auto written = referrers.WriteFallback(context(), subject, {images[0].referrers[0]}, std::nullopt);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_TRUE(written->written) << written->reason;
  EXPECT_GT(busy.sleeps(), 2u);
  EXPECT_EQ(Digests(*List(subject.digest)).size(), 3u);
}

TEST_F(ReferrersTest, OptionsOfTheFallback) {
  Start(NoApi(server::behavior::ReferrersApi::kNotFound));
  const SampleImage image = MakeSampleImage({.attested = true});
  const auto required = PushSample(image, {"1"}, config::Fallback::kRequireApi);
  ASSERT_FALSE(required.ok());
  EXPECT_EQ(ReasonOf(required.status()), Reason::kRefused);
  EXPECT_NE(required.status().message().find("has no referrers API (referrers-fallback=require-api)"),
            std::string::npos)
      << required.status();
  EXPECT_EQ(registry().contents().Tagged("app", "1"), std::nullopt);

  Start(NoApi(server::behavior::ReferrersApi::kNotFound));
  const auto never = PushSample(image, {"1"}, config::Fallback::kNever);
  ASSERT_TRUE(never.ok()) << never.status();
  EXPECT_EQ(never->subjects[0].how, push::SubjectOutcome::How::kNone);
  EXPECT_EQ(registry().log().Count(RequestClass::kReferrers), 0);
  EXPECT_EQ(registry().contents().Tags("app"), std::vector<std::string>{"1"});

  Start({});
  const auto always = PushSample(image, {"1"}, config::Fallback::kAlways);
  ASSERT_TRUE(always.ok()) << always.status();
  EXPECT_EQ(registry().contents().Tags("app").size(), 2u);
}

// Harbor before 2.9: the API is there, the header is not. One question, no tag.
TEST_F(ReferrersTest, ApiWithoutHeaderIsFoundByAsking) {
  Behavior harbor;
  harbor.referrers.subject_header = server::behavior::SubjectHeader::kOmitted;
  Start(harbor);
  const auto report = PushSample(MakeSampleImage({.platforms = 2, .attested = true}), {"1"});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->subjects[0].how, push::SubjectOutcome::How::kApi);
  EXPECT_EQ(registry().log().Count(RequestClass::kReferrers), 1);
  EXPECT_EQ(registry().contents().Tags("app"), std::vector<std::string>{"1"});
}

TEST_F(ReferrersTest, ImmutableFallbackTagIsAWarning) {
  Behavior behavior = NoApi(server::behavior::ReferrersApi::kNotFound);
  behavior.manifests.immutable_tags = server::behavior::ImmutableTags::kSameDigestAllowed;
  Start(behavior);
  ASSERT_TRUE(PushSample(MakeSampleImage({.attested = true, .statement = "1"}), {"1"}).ok());
  const auto report = PushSample(MakeSampleImage({.attested = true, .statement = "2"}), {"2"});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->subjects[0].how, push::SubjectOutcome::How::kFailed);
  ASSERT_EQ(report->warnings.size(), 1u);
  EXPECT_NE(report->warnings[0].find("TAG_INVALID"), std::string::npos) << report->warnings[0];
}

TEST_F(ReferrersTest, ConditionalWriteIsHonoured) {
  Behavior behavior = NoApi(server::behavior::ReferrersApi::kNotFound);
  behavior.manifests.conditional_put = true;
  Start(behavior);
  const SampleImage first = MakeSampleImage({.attested = true, .statement = "1"});
  ASSERT_TRUE(PushSample(first, {"1"}).ok());
  ASSERT_TRUE(PushSample(MakeSampleImage({.attested = true, .statement = "2"}), {"1"}).ok());
  EXPECT_EQ(List(first.images[0].digest)->size(), 2u);
}

TEST_F(ReferrersTest, PagesUnderAnInnerNameAreTheRegistrysOwn) {
  Behavior behavior;
  behavior.referrers.page = 1;
  Start(behavior);
  const SampleImage first = MakeSampleImage({.attested = true, .statement = "1"});
  ASSERT_TRUE(PushSample(first, {"1"}).ok());
  ASSERT_TRUE(PushSample(MakeSampleImage({.attested = true, .statement = "2"}), {"2"}).ok());
  behavior.uploads.locations = server::behavior::Locations::kInnerName;
  registry().SetBehavior(behavior);
  const auto listed = List(first.images[0].digest);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->size(), 2u);
}

// A listing that cannot be read is no empty one.
TEST_F(ReferrersTest, ATagThatHoldsSomethingElseIsAnError) {
  Start(NoApi(server::behavior::ReferrersApi::kNotFound));
  const SampleImage image = MakeSampleImage({});
  const Digest subject = Digest::Of("subject");
  ASSERT_TRUE(PushSample(image, {image::ReferrersTag(subject)}).ok());
  const absl::Status status = List(subject).status();
  EXPECT_EQ(ReasonOf(status), Reason::kRefused) << status;
  EXPECT_NE(status.message().find(image::ReferrersTag(subject)), absl::string_view::npos) << status;
}

Descriptor Entry(const std::string& name) {
  return {.media_type = "application/vnd.oci.image.manifest.v1+json",
          .digest = Digest::Of(name),
          .size = 3,
          .artifact_type = "a/b"};
}

TEST(FallbackTagTest, MergeKeepsTheRestByteForByte) {
  const std::string ours = Entry("x").digest.ToString();
  const std::string there = R"({ "schemaVersion":2, "x":{"unknown":[1, 2]},
 "mediaType":"application/vnd.oci.image.index.v1+json",
 "manifests":[ {"digest":"sha256:foreign", "size":1.0} ],"annotations":{"a":"b"} })";
  const auto merged = MergeReferrers(there, {Entry("x")});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(*merged, R"({ "schemaVersion":2, "x":{"unknown":[1, 2]},
 "mediaType":"application/vnd.oci.image.index.v1+json",
 "manifests":[{"digest":"sha256:foreign", "size":1.0},{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" +
                         ours + R"(","size":3,"artifactType":"a/b"}],"annotations":{"a":"b"} })");
  EXPECT_EQ(*MergeReferrers(*merged, {Entry("x")}), *merged);
  EXPECT_TRUE(MissingReferrers(*merged, {Entry("x")})->empty());
  EXPECT_EQ(MissingReferrers(*merged, {Entry("y")})->size(), 1u);
}

TEST(FallbackTagTest, WithoutSomeTheRestStaysByteForByte) {
  const std::string there = R"({ "schemaVersion":2, "x":{"unknown":[1, 2]},
 "manifests":[ {"digest":"sha256:foreign", "size":1.0} , {"digest":")" +
                            Entry("x").digest.ToString() + R"("} ],"annotations":{"a":"b"} })";
  const auto without = WithoutReferrers(there, {Entry("x").digest, Entry("y").digest});
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_EQ(*without, R"({ "schemaVersion":2, "x":{"unknown":[1, 2]},
 "manifests":[{"digest":"sha256:foreign", "size":1.0}],"annotations":{"a":"b"} })");
  EXPECT_EQ(*WithoutReferrers(*without, {Entry("x").digest}), *without);
  EXPECT_FALSE(WithoutReferrers("{}", {Entry("x").digest}).ok());
}

// Older tools wrote entries without artifactType: they are repaired in place.
TEST(FallbackTagTest, StaleEntryIsReplaced) {
  const std::string digest = Entry("x").digest.ToString();
  const std::string stale =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" +
      digest + R"(","size":3}]})";
  const auto merged = MergeReferrers(stale, {Entry("x")});
  ASSERT_TRUE(merged.ok());
  EXPECT_NE(merged->find("\"artifactType\":\"a/b\""), std::string::npos);
  EXPECT_EQ(merged->find(digest), merged->rfind(digest));
}

TEST(FallbackTagTest, RefusesWhatIsNoReferrersIndex) {
  for (const char* text : {"[]", "{", "{}", R"({"mediaType":"a/b","manifests":[]})",
                           R"({"mediaType":"application/vnd.oci.image.index.v1+json","manifests":{},"x":1})",
                           R"({"subject":{},"manifests":[]})"}) {
    EXPECT_FALSE(MergeReferrers(text, {Entry("x")}).ok()) << text;
  }
  EXPECT_TRUE(MergeReferrers(R"({"schemaVersion":2,"manifests":null})", {Entry("x")}).ok());
}

}  // namespace
}  // namespace waybill::oci::registry::referrers
