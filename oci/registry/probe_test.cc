// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/probe.h"

#include <string>

#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/registry/scenario/registry_fixture.h"

namespace waybill::oci::registry {
namespace {

using testing::Behavior;

class ProbeTest : public testing::RegistryFixture {
 protected:
  std::string Run(const Behavior& behavior) {
    Start(behavior);
    const auto report = Probe(context(), host(), "app", "seed");
    EXPECT_TRUE(report.ok()) << report.status();
    if (!report.ok()) return "";
    left_ = report->left;
    std::string text;
    for (const Finding& finding : report->findings) {
      text += (finding.yes ? "+" : "-") + finding.name + " ";
      EXPECT_EQ(finding.detail.empty(), finding.yes) << finding.name;
    }
    return text;
  }
  std::vector<std::string> left_;
};

TEST_F(ProbeTest, RegistryThatCanDoEverything) {
  EXPECT_EQ(Run({}),
            "+single-post +mount +mount-without-from +tag-parameter +attestation-manifest +oci-subject "
            "+missing-subject +referrers-api +mutable-tags ");
  EXPECT_TRUE(left_.empty()) << left_[0];
  EXPECT_TRUE(registry().Tags("app").empty());
  EXPECT_EQ(registry().open_uploads(), 0u);
  for (const auto& request : registry().log().All()) {
    if (request.method != "PUT") continue;
    const auto digest = Digest::Parse(request.target.substr(request.target.rfind('/') + 1).substr(0, 71));
    EXPECT_FALSE(digest.ok() && registry().HasManifest("app", *digest));
  }
}

TEST_F(ProbeTest, RegistryThatCanDoLittle) {
  Behavior behavior;
  behavior.uploads.single_post = testing::SinglePost::kSessionOnly;
  behavior.uploads.mount = testing::Mount::kForbidden;
  behavior.uploads.anonymous_mount = testing::AnonymousMount::kSessionOnly;
  behavior.manifests.tag_parameter = false;
  behavior.manifests.refuse_empty_config = true;
  behavior.manifests.immutable_tags = testing::ImmutableTags::kAlwaysRefused;
  behavior.manifests.can_delete = false;
  behavior.referrers.api = testing::ReferrersApi::kNotFound;
  behavior.referrers.subject_header = testing::SubjectHeader::kOmitted;
  EXPECT_EQ(Run(behavior),
            "-single-post -mount -mount-without-from -tag-parameter -attestation-manifest -oci-subject "
            "-missing-subject -referrers-api -mutable-tags ");
  EXPECT_FALSE(left_.empty());
}

TEST_F(ProbeTest, RegistryThatTakesNothingIsAnError) {
  Behavior behavior;
  behavior.faults = {
      {.kind = testing::FaultKind::kStatus, .where = testing::RequestClass::kManifestPut, .status = 403}};
  Start(behavior);
  const auto report = Probe(context(), host(), "app", "seed");
  EXPECT_EQ(ReasonOf(report.status()), Reason::kAuth);
  EXPECT_EQ(report.status().message().find("probing " + registry().host() + "/app: PUT "), 0u) << report.status();
}

}  // namespace
}  // namespace waybill::oci::registry
