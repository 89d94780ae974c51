// SPDX-License-Identifier: Apache-2.0
// What a push does at the same time, and what it does not wait for.
#include <algorithm>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
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
  static bool Sends(const LoggedRequest& request, const Digest& blob) {
    return request.body_bytes > 0 && absl::StrContains(request.target, blob.hex());
  }
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

// A registry may lose one of two manifests about one subject from its list when they come at once (olareg 0.1.2).
TEST_F(PushFlowTest, ManifestsAboutOneSubjectFollowEachOther) {
  const SampleImage image = MakeSampleImage({.platforms = 1});
  std::vector<Descriptor> referrers;
  for (const char* type : {"application/a", "application/b"}) {
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
