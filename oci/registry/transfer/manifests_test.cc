// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/transfer/manifests.h"

#include <string>

#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/registry/reply/reply_error.h"
#include "oci/registry/server/behavior/fault_text.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::registry::transfer {
namespace {

using server::behavior::Behavior;
using testing::MakeSampleImage;
using testing::SampleImage;

class ManifestsTest : public testing::RegistryFixture {
 protected:
  // "there", "gone" or "error".
  std::string Find(const std::string& reference) {
    const absl::StatusOr<bool> exists = Manifests(host(), "app", traffic_).Exists(context(), reference);
    if (!exists.ok()) return "error";
    return *exists ? "there" : "gone";
  }
  void SetFault(const std::string& text) {
    Behavior behavior;
    behavior.faults.push_back(*server::behavior::ParseFault(text));
    registry().SetBehavior(behavior);
  }
  const std::string absent_ = Digest::Of("absent").ToString();
  Traffic traffic_;
};

TEST_F(ManifestsTest, OnlyTheRegistrysWordMakesAManifestGone) {
  Start({});
  const SampleImage image = MakeSampleImage({});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  EXPECT_EQ(Find(image.root.digest.ToString()), "there");
  EXPECT_EQ(Find("1"), "there");
  EXPECT_EQ(Find(absent_), "gone");
  // HEAD is refused, and GET tells.
  SetFault("status=405@manifest-head");
  EXPECT_EQ(Find("1"), "there");
  EXPECT_EQ(Find(absent_), "gone");
  for (const char* fault :
       {"status=403@manifest-get", "status=401@manifest-get", "status=400@manifest-get", "status=500@manifest-get",
        "status=404@manifest-get,code=NAME_UNKNOWN", "status=404@manifest-get,code=DENIED"}) {
    SetFault(fault);
    EXPECT_EQ(Find(absent_), "error") << fault;
  }
}

TEST_F(ManifestsTest, ARefusalToDeleteTellsItsStatus) {
  Start({});
  const SampleImage image = MakeSampleImage({});
  ASSERT_TRUE(PushSample(image, {"1", "2"}).ok());
  Manifests manifests(host(), "app", traffic_);
  EXPECT_EQ(manifests.Delete(context(), "1"), absl::OkStatus());
  EXPECT_EQ(registry().contents().Tags("app"), std::vector<std::string>{"2"});
  EXPECT_EQ(manifests.Delete(context(), "1"), absl::OkStatus()) << "it is gone";
  Behavior behavior;
  behavior.manifests.can_delete = false;
  registry().SetBehavior(behavior);
  const absl::Status refused = manifests.Delete(context(), "2");
  EXPECT_EQ(MetadataOf(refused)[std::string(reply::kStatusKey)], "405") << refused;
}

}  // namespace
}  // namespace waybill::oci::registry::transfer
