// SPDX-License-Identifier: Apache-2.0
// What a push does at the same time, and what it does not wait for.
#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/error.h"
#include "oci/manifest.h"
#include "oci/registry/push.h"
#include "oci/registry/scenario/registry_fixture.h"

namespace waybill::oci::registry {
namespace {

using testing::LoggedRequest;
using testing::MakeSampleImage;
using testing::SampleImage;

// A store that keeps back one blob until it may go.
class GatedFetcher : public content::Fetcher {
 public:
  GatedFetcher(content::Fetcher& from, Digest gated) : from_(from), gated_(std::move(gated)) {}

  void Open() { open_.Notify(); }

  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override {
    if (descriptor.digest == gated_ && !open_.WaitForNotificationWithTimeout(absl::Minutes(1))) {
      return MakeError(Reason::kTimeout, "nobody opened the gate");
    }
    return from_.Fetch(context, descriptor);
  }

 private:
  content::Fetcher& from_;
  const Digest gated_;
  absl::Notification open_;
};

class PushFlowTest : public testing::RegistryFixture {
 protected:
  static Digest FirstLayer(const SampleImage& image, size_t platform) {
    const auto bytes = content::VerifiedBytes(Context(), *image.store, image.images[platform], 1 << 20);
    return ParseManifest(*bytes)->layers[0].digest;
  }
};

// The second platform's layer is not even read before the first platform's attestation manifest is stored.
TEST_F(PushFlowTest, APlatformDoesNotWaitForTheOther) {
  const SampleImage image = MakeSampleImage({.platforms = 2, .attested = true});
  GatedFetcher content(*image.store, FirstLayer(image, 1));
  const std::string awaited = "/v2/app/manifests/" + image.referrers[0].digest.ToString();
  Start({}, {}, [&](const LoggedRequest& request) {
    if (request.method == "PUT" && request.target == awaited && request.status == 201) content.Open();
  });
  const auto report =
      Push(context(), host(), {.root = image.root, .content = content, .repository = "app", .tags = {"1"}});
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectComplete(image);
  EXPECT_EQ(registry().log().All().back().target, "/v2/app/manifests/1");
}

}  // namespace
}  // namespace waybill::oci::registry
