// SPDX-License-Identifier: Apache-2.0
// What a push does at the same time, and what it does not wait for.
#include <algorithm>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/registry/push/push.h"
#include "oci/registry/push/push_referrers.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::registry::push {
namespace {

using server::behavior::Behavior;
using server::wire::LoggedRequest;
using testing::MakeSampleImage;
using testing::SampleImage;

// A store that keeps back one blob until it may go.
class GatedFetcher : public content::Fetcher {
 public:
  GatedFetcher(content::Fetcher& from, Digest gated) : from_(from), gated_(std::move(gated)) {}

  void Open() { open_.Notify(); }
  void AwaitCaller() { called_.WaitForNotification(); }

  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override {
    if (descriptor.digest == gated_) {
      called_.Notify();
      if (!open_.WaitForNotificationWithTimeout(absl::Minutes(1))) {
        return MakeError(Reason::kTimeout, "nobody opened the throttle");
      }
    }
    return from_.Fetch(context, descriptor);
  }

 private:
  content::Fetcher& from_;
  const Digest gated_;
  absl::Notification called_;
  absl::Notification open_;
};

class PushFlowTest : public testing::RegistryFixture {
 protected:
  static Digest FirstLayer(const SampleImage& image, size_t platform) {
    const auto bytes = content::VerifiedBytes(Context(), *image.store, image.images[platform], 1 << 20);
    return image::ParseManifest(*bytes)->layers[0].digest;
  }
  // The statement that only one of two images has.
  static Digest OnlyIn(const SampleImage& image, const SampleImage& other) {
    return *std::find_if(image.blobs.begin(), image.blobs.end(), [&other](const Digest& digest) {
      return std::find(other.blobs.begin(), other.blobs.end(), digest) == other.blobs.end();
    });
  }
  // Artifacts of these types about the image.
  static std::vector<Descriptor> AddReferrers(const SampleImage& image, const std::vector<std::string>& types) {
    std::vector<Descriptor> referrers;
    for (const std::string& type : types) {
      const image::Manifest manifest{
          .media_type = std::string(image::kOciManifest),
          .artifact_type = type,
          .config = {.media_type = "application/vnd.oci.empty.v1+json", .digest = image.store->Add("{}"), .size = 2},
          .layers = {},
          .subject = image.root,
          .annotations = {}};
      const std::string bytes = image::ToIndentedJson(manifest);
      referrers.push_back({.media_type = manifest.media_type,
                           .digest = image.store->Add(bytes),
                           .size = static_cast<int64_t>(bytes.size())});
    }
    return referrers;
  }
  static bool Sends(const LoggedRequest& request, const Digest& blob) {
    return request.body_bytes > 0 && absl::StrContains(request.target, blob.hex());
  }

  Traffic traffic_;
};

// The second platform's layer is not even read before the first platform's attestation manifest is stored.
TEST_F(PushFlowTest, APlatformDoesNotWaitForTheOther) {
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  GatedFetcher content(*image.store, FirstLayer(image, 1));
  const std::string awaited = "/v2/app/manifests/" + image.referrers[0].digest.ToString();
  StartWith({.on_request = [&](const LoggedRequest& request) {
    if (request.method == "PUT" && request.target == awaited && request.status == 201) content.Open();
  }});
  const auto report =
      Push(context(), host(), {.root = image.root, .content = content, .repository = "app", .tags = {"1"}}).report;
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
  EXPECT_EQ(registry().log().All().back().target, "/v2/app/manifests/1");
}

// Registries list referrers in the order in which they come.
TEST_F(PushFlowTest, ManifestsAboutOneSubjectFollowEachOther) {
  const SampleImage image = MakeSampleImage({.platforms = 1});
  const std::vector<Descriptor> referrers = AddReferrers(image, {"application/a", "application/b"});
  // Of two, the second is not sent when the first is refused.
  Behavior refusing;
  refusing.faults = {{.kind = server::behavior::FaultKind::kStatus,
                      .where = server::wire::RequestClass::kManifestPut,
                      .skip = 1,
                      .status = 400}};
  Start(refusing);
  const auto report =
      Push(context(), host(),
           {.root = image.root, .referrers = referrers, .content = *image.store, .repository = "app", .tags = {"1"}})
          .report;
  EXPECT_EQ(ReasonOf(report.status()), Reason::kRefused) << report.status();
  EXPECT_EQ(registry().log().Count(server::wire::RequestClass::kManifestPut), 2);
}

// The first has a blob that is read only when the second is stored.
TEST_F(PushFlowTest, ReferrersAtOnceDoNotWaitForEachOther) {
  const SampleImage image = MakeSampleImage({.platforms = 1});
  const Digest kept_back = image.store->Add("kept back");
  const image::Manifest manifest{
      .media_type = std::string(image::kOciManifest),
      .artifact_type = "a/first",
      .config = {.media_type = "application/vnd.oci.empty.v1+json", .digest = image.store->Add("{}"), .size = 2},
      .layers = {{.media_type = "a/first", .digest = kept_back, .size = 9}},
      .subject = image.root,
      .annotations = {}};
  const std::string bytes = image::ToIndentedJson(manifest);
  std::vector<Descriptor> referrers = AddReferrers(image, {"a/second"});
  const std::string awaited = "/v2/app/manifests/" + referrers[0].digest.ToString();
  referrers.insert(referrers.begin(), {.media_type = manifest.media_type,
                                       .digest = image.store->Add(bytes),
                                       .size = static_cast<int64_t>(bytes.size())});
  GatedFetcher content(*image.store, kept_back);
  StartWith({.on_request = [&](const LoggedRequest& request) {
    if (request.method == "PUT" && request.target == awaited && request.status == 201) content.Open();
  }});
  const auto report = Push(context(), host(),
                           {.root = image.root,
                            .referrers = referrers,
                            .order = {.at_once = true},
                            .content = content,
                            .repository = "app",
                            .tags = {"1"}})
                          .report;
  EXPECT_TRUE(report.ok()) << report.status();
}

// And those that shall be listed last follow the others.
TEST_F(PushFlowTest, ReferrersAtOnceComeBeforeTheLast) {
  const SampleImage image = MakeSampleImage({.platforms = 1});
  const std::vector<Descriptor> referrers = AddReferrers(image, {"a/last", "a/1", "a/2", "b/last", "a/3"});
  Start({});
  const auto report = Push(context(), host(),
                           {.root = image.root,
                            .referrers = referrers,
                            .order = {.at_once = true, .last = {referrers[0].digest, referrers[3].digest}},
                            .content = *image.store,
                            .repository = "app",
                            .tags = {"1"}})
                          .report;
  ASSERT_TRUE(report.ok()) << report.status();
  std::vector<std::string> last;
  for (const LoggedRequest& request : registry().log().All()) {
    if (request.method == "PUT" && absl::StrContains(request.target, "/manifests/sha256:")) {
      last.push_back(request.target.substr(request.target.rfind('/') + 1));
    }
  }
  ASSERT_EQ(last.size(), 6u) << registry().log().ToString();
  EXPECT_EQ((std::set<std::string>{last[4], last[5]}),
            (std::set<std::string>{referrers[0].digest.ToString(), referrers[3].digest.ToString()}));
  // One look at the list.
  EXPECT_EQ(registry().log().Count(server::wire::RequestClass::kReferrers), 1);
}

// A registry may lose one of several manifests about one subject that come at once from its list (olareg 0.1.2).
TEST_F(PushFlowTest, WhatTheListLacksIsStoredAgain) {
  const SampleImage image = MakeSampleImage({.platforms = 1});
  const std::vector<Descriptor> referrers = AddReferrers(image, {"a/1", "a/2", "a/3"});
  Start({});
  const auto report = Push(context(), host(),
                           {.root = image.root,
                            .referrers = {referrers[0], referrers[2]},
                            .content = *image.store,
                            .repository = "app",
                            .tags = {"1"}})
                          .report;
  ASSERT_TRUE(report.ok()) << report.status();
  std::vector<Digest> again;
  ReferrersDelivery delivery(host(), "app", traffic_, config::Fallback::kAuto,
                             [&](const Context&, const Digest& referrer) {
                               again.push_back(referrer);
                               return absl::OkStatus();
                             });
  std::vector<StoredReferrer> stored;
  for (const Descriptor& referrer : referrers) {
    stored.push_back({.subject = image.root, .entry = referrer, .taken = true});
  }
  ASSERT_TRUE(delivery.Deliver(context(), stored).ok());
  EXPECT_EQ(again, std::vector<Digest>{referrers[1].digest});
  EXPECT_EQ(delivery.outcomes()[0].how, SubjectOutcome::How::kApi);
}

// Two pushes add to a tag that exists; both additions and what was there are in it afterwards.
TEST_F(PushFlowTest, ASharedTagKeepsWhatOthersWrote) {
  const SampleImage image = MakeSampleImage({.platforms = 1});
  Start({});
  // A list of layers, each a blob.
  const auto edit_with = [](const Descriptor& layer) {
    return [layer](absl::string_view current) -> absl::StatusOr<image::ManifestDocuments> {
      image::Document config = image::MakeDocument(image::kOciConfig, absl::StrCat("{\"n\":", current.size(), "}"));
      image::Manifest manifest{.media_type = std::string(image::kOciManifest), .config = config.descriptor};
      if (!current.empty()) {
        const auto there = image::ParseManifest(current);
        if (!there.ok()) return there.status();
        manifest.layers = there->layers;
      }
      std::string bytes(current);
      if (std::find(manifest.layers.begin(), manifest.layers.end(), layer) == manifest.layers.end()) {
        manifest.layers.push_back(layer);
        bytes = image::ToIndentedJson(manifest);
      }
      return image::ManifestDocuments{.config = std::move(config),
                                      .manifest = image::MakeDocument(image::kOciManifest, std::move(bytes))};
    };
  };
  const auto push = [&](const std::string& text) {
    const Descriptor layer{
        .media_type = "a/b", .digest = image.store->Add(text), .size = static_cast<int64_t>(text.size())};
    return Push(context(), host(),
                {.root = image.root,
                 .content = *image.store,
                 .repository = "app",
                 .tags = {"1"},
                 .shared_tags = {{.tag = "sha256-1.att", .blobs = {layer}, .edit = edit_with(layer)}}})
        .report.status();
  };
  for (const char* text : {"one", "two", "one"}) ASSERT_TRUE(push(text).ok());
  const auto stored = registry().contents().Tagged("app", "sha256-1.att");
  ASSERT_TRUE(stored.has_value());
  const auto fetched = transfer::Manifests(host(), "app", traffic_).Get(context(), "sha256-1.att");
  ASSERT_TRUE(fetched.ok() && fetched->has_value());
  EXPECT_EQ(image::ParseManifest((*fetched)->bytes)->layers.size(), 2u);
}

TEST_F(PushFlowTest, ASharedTagThatCannotBeWrittenTagsNothing) {
  const SampleImage image = MakeSampleImage({.platforms = 1});
  Start({});
  const auto leave = [](absl::string_view) -> absl::StatusOr<image::ManifestDocuments> {
    return InvalidInputError("it is somebody else's");
  };
  const auto report = Push(context(), host(),
                           {.root = image.root,
                            .content = *image.store,
                            .repository = "app",
                            .tags = {"1"},
                            .shared_tags = {{.tag = "sha256-1.att", .blobs = {}, .edit = leave}}})
                          .report;
  EXPECT_EQ(ReasonOf(report.status()), Reason::kRefused);
  EXPECT_TRUE(absl::StrContains(report.status().message(), "tag sha256-1.att: it is somebody else's"))
      << report.status();
  EXPECT_EQ(registry().contents().Tagged("app", "1"), std::nullopt);
}

// The first push keeps its layer back until the second has begun to send.
TEST_F(PushFlowTest, SimultaneousPushesSendABlobOnce) {
  const SampleImage first = MakeSampleImage({.layers = 1, .layer_bytes = 2 << 20, .attested = true, .statement = "1"});
  const SampleImage second = MakeSampleImage({.layers = 1, .layer_bytes = 2 << 20, .attested = true, .statement = "2"});
  const Digest layer = FirstLayer(first, 0);
  ASSERT_EQ(layer, FirstLayer(second, 0));
  GatedFetcher content(*first.store, layer);
  const Digest begun = OnlyIn(second, first);
  StartWith({.on_request = [&](const LoggedRequest& request) {
    if (Sends(request, begun)) content.Open();
  }});
  absl::StatusOr<PushReport> of_first = absl::UnknownError("did not run");
  std::jthread pushing([&] {
    of_first =
        Push(context(), host(), {.root = first.root, .content = content, .repository = "app", .tags = {"1"}}).report;
  });
  content.AwaitCaller();
  const auto of_second = PushSample(second, {"2"});
  pushing.join();
  ASSERT_TRUE(of_first.ok() && of_second.ok()) << of_first.status() << of_second.status();
  ExpectComplete(first);
  ExpectComplete(second);
  const auto requests = registry().log().All();
  EXPECT_EQ(std::count_if(requests.begin(), requests.end(), [&](const auto& sent) { return Sends(sent, layer); }), 1)
      << registry().log().ToString();
}

// A registry that takes uploads and answers none of them.
class CancelledPushTest : public PushFlowTest {
 protected:
  // More than go at once, so that some of them wait for a slot.
  static constexpr int kLayers = 30;
  static constexpr int kAtOnce = 24;

  void SetUp() override {
    image_ = MakeSampleImage({.layers = kLayers, .layer_bytes = (1 << 20) + 1});
    const server::behavior::Fault never = {.kind = server::behavior::FaultKind::kDelay,
                                           .where = server::wire::RequestClass::kUploadPut,
                                           .delay = absl::InfiniteDuration()};
    StartWith({.behavior = {.faults = {never}},
               .sleeper = [this](const Context& registry, absl::Duration) { Hold(registry); }});
  }

  // How long a push goes on after it was cancelled in the middle of its uploads.
  absl::Duration CancelOne() {
    std::stop_source stop;
    absl::Time cancelled;
    std::jthread canceller([&] {
      AwaitHeld();
      cancelled = absl::Now();
      stop.request_stop();
    });
    const auto report = Push(context().WithStop(stop.get_token()), host(),
                             {.root = image_.root, .content = *image_.store, .repository = "app", .tags = {"1"}})
                            .report;
    const absl::Time returned = absl::Now();
    canceller.join();
    EXPECT_EQ(ReasonOf(report.status()), Reason::kInterrupted) << report.status();
    return returned - cancelled;
  }

 private:
  void Hold(const Context& registry) {
    absl::Notification closing;
    const std::stop_callback on_stop(registry.stop_token(), [&closing] { closing.Notify(); });
    {
      absl::MutexLock lock(&mu_);
      ++held_;
    }
    closing.WaitForNotification();
  }

  void AwaitHeld() {
    absl::MutexLock lock(&mu_);
    const auto all = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return held_ >= kAtOnce; };
    mu_.Await(absl::Condition(&all));
    held_ = 0;
  }

  SampleImage image_;
  absl::Mutex mu_;
  int held_ ABSL_GUARDED_BY(mu_) = 0;
};

// It waits for no answer: none comes. The fastest of some tries shows how soon it ends, whatever else this machine
// does.
TEST_F(CancelledPushTest, EndsSoonAndStoresNoManifest) {
  constexpr absl::Duration kSoon = absl::Milliseconds(150);
  absl::Duration fastest = absl::InfiniteDuration();
  for (int i = 0; i < 10 && fastest > kSoon; ++i) fastest = std::min(fastest, CancelOne());
  EXPECT_LE(fastest, kSoon);
  EXPECT_EQ(registry().log().Count(server::wire::RequestClass::kManifestPut), 0);
  EXPECT_TRUE(registry().contents().Tags("app").empty());
}

}  // namespace
}  // namespace waybill::oci::registry::push
