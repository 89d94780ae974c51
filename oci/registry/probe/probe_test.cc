// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/probe/probe.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/http/transport.h"
#include "oci/registry/client.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::registry::probe {
namespace {

using server::behavior::Behavior;
using server::behavior::FaultKind;
using server::wire::RequestClass;
using testing::SampleImage;

constexpr char kEmptyConfigIsLeft[] =
    "blob sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a, which other artifacts use";

class ProbeTest : public testing::RegistryFixture {
 protected:
  static std::string TextOf(const ProbeReport& report) {
    std::string text;
    for (const Finding& finding : report.findings) {
      text += (!finding.yes.has_value() ? "?" : *finding.yes ? "+" : "-") + finding.name + " ";
      EXPECT_EQ(finding.detail.empty(), finding.yes.value_or(true)) << finding.name;
    }
    return text;
  }
  std::string Run(const Behavior& behavior) {
    Start(behavior);
    const ProbeReport report = Probe(context(), host(), {.repository = "app", .seed = "seed"});
    EXPECT_TRUE(report.status.ok()) << report.status;
    left_ = report.left;
    return TextOf(report);
  }
  // Whether the registry still has something that was put there.
  bool AnythingIsLeft() {
    for (const auto& request : registry().log().All()) {
      const size_t at = request.target.find("sha256");
      if (at == std::string::npos) continue;
      std::string text = request.target.substr(at, 73);
      if (absl::StartsWith(text, "sha256%3A")) text = "sha256:" + text.substr(9);
      const auto digest = Digest::Parse(text.substr(0, 71));
      if (!digest.ok() || *digest == Digest::Of("{}")) continue;
      if (registry().contents().HasManifest("app", *digest) || registry().contents().HasBlob("app", *digest))
        return true;
    }
    return !registry().contents().Tags("app").empty() || registry().open_uploads() > 0;
  }
  std::vector<std::string> left_;
};

TEST_F(ProbeTest, RegistryThatCanDoEverything) {
  EXPECT_EQ(Run({}),
            "+single-post +mount +mount-without-from +tag-parameter +empty-config +subject +attestation-manifest "
            "+oci-subject +missing-subject +referrers-api +mutable-tags ");
  EXPECT_EQ(left_, std::vector<std::string>{kEmptyConfigIsLeft});
  EXPECT_FALSE(AnythingIsLeft()) << registry().log().ToString();
}

TEST_F(ProbeTest, RegistryThatCanDoLittle) {
  Behavior behavior;
  behavior.uploads.single_post = server::behavior::SinglePost::kSessionOnly;
  behavior.uploads.mount = server::behavior::Mount::kForbidden;
  behavior.uploads.anonymous_mount = server::behavior::AnonymousMount::kSessionOnly;
  behavior.manifests.tag_parameter = false;
  behavior.manifests.refuse_empty_config = true;
  behavior.manifests.immutable_tags = server::behavior::ImmutableTags::kAlwaysRefused;
  behavior.manifests.can_delete = false;
  behavior.referrers.api = server::behavior::ReferrersApi::kNotFound;
  behavior.referrers.subject_header = server::behavior::SubjectHeader::kOmitted;
  behavior.referrers.require_subject = true;
  EXPECT_EQ(Run(behavior),
            "-single-post -mount -mount-without-from -tag-parameter -empty-config +subject -attestation-manifest "
            "-oci-subject -missing-subject -referrers-api -mutable-tags ");
  // The blobs as well as manifests and tags, and nothing that was refused.
  const auto count = [this](absl::string_view what) {
    return std::count_if(left_.begin(), left_.end(), [&](const auto& line) { return absl::StartsWith(line, what); });
  };
  EXPECT_EQ(count("tag "), 1);
  EXPECT_EQ(count("manifest "), 2) << absl::StrJoin(left_, "\n") << registry().log().ToString();
  EXPECT_GT(count("blob "), 4);
}

// What is in the repository stays whole: the empty config is that of every attestation manifest in it.
TEST_F(ProbeTest, LeavesTheArtifactsOfOthersWhole) {
  Start({});
  const SampleImage image = testing::MakeSampleImage({.platforms = 2, .attested = true});
  ASSERT_TRUE(PushSample(image, {"1"}).ok());
  const ProbeReport report = Probe(context(), host(), {.repository = "app", .seed = "seed"});
  ASSERT_TRUE(report.status.ok()) << report.status;
  EXPECT_TRUE(report.left.empty()) << report.left[0];
  ExpectComplete(image);
  EXPECT_EQ(registry().contents().Tags("app"), std::vector<std::string>{"1"});
}

TEST_F(ProbeTest, MountsFromAnotherRepository) {
  Behavior behavior;
  behavior.uploads.anonymous_mount = server::behavior::AnonymousMount::kSameRepository;
  Start(behavior);
  const ProbeReport report = Probe(context(), host(), {.repository = "app", .mount_from = "base", .seed = "seed"});
  ASSERT_TRUE(report.status.ok()) << report.status;
  EXPECT_TRUE(absl::StrContains(TextOf(report), "+mount -mount-without-from ")) << TextOf(report);
  EXPECT_EQ(report.left, std::vector<std::string>{kEmptyConfigIsLeft});
  EXPECT_TRUE(absl::StrContains(registry().log().ToString(), "&from=base 201"));
}

// What was found out until then is told, the rest is unknown, and nothing stays.
TEST_F(ProbeTest, RegistryThatTakesNothingIsAnError) {
  Behavior behavior;
  behavior.faults = {{.kind = FaultKind::kStatus, .where = RequestClass::kManifestPut, .status = 403}};
  Start(behavior);
  const ProbeReport report = Probe(context(), host(), {.repository = "app", .seed = "seed"});
  EXPECT_EQ(ReasonOf(report.status), Reason::kAuth);
  EXPECT_EQ(report.status.message().find("probing " + registry().host() + "/app: PUT "), 0u) << report.status;
  EXPECT_EQ(TextOf(report),
            "+single-post +mount +mount-without-from ?tag-parameter ?empty-config ?subject ?attestation-manifest "
            "?oci-subject ?missing-subject ?referrers-api ?mutable-tags ");
  EXPECT_TRUE(report.left.empty()) << report.left[0];
  EXPECT_FALSE(AnythingIsLeft()) << registry().log().ToString();
}

// Everything was "left behind" at a host that nothing had reached.
TEST_F(ProbeTest, NothingIsLeftWhereNothingCame) {
  Start({});
  testing::FixedCredentials nobody{auth::Credentials{}};
  http::curl::CurlTransport transport{http::curl::CurlTransport::Options{}};
  Client client({transport, nobody, clock()}, {.retry = {.patient = false}});
  // Nobody listens there.
  const ProbeReport report =
      Probe(context(), **client.HostFor("127.0.0.1:1", false), {.repository = "app", .seed = "seed"});
  EXPECT_EQ(http::FailureOf(report.status), http::kFailureConnect) << report.status;
  EXPECT_TRUE(report.left.empty()) << report.left[0];
  EXPECT_TRUE(clock().slept().empty());
}

TEST_F(ProbeTest, AWebPageIsNoRegistry) {
  Start({.web_page = true});
  const ProbeReport report = Probe(context(), host(), {.repository = "app", .seed = "seed"});
  EXPECT_EQ(ReasonOf(report.status), Reason::kRefused) << report.status;
  EXPECT_TRUE(report.left.empty()) << report.left[0];
}

// Interrupted after its image was stored: what it made is deleted all the same.
TEST_F(ProbeTest, RemovesItsTracesWhenInterrupted) {
  std::stop_source stop;
  StartWith({.on_request = [&stop](const server::wire::LoggedRequest& request) {
    if (request.request_class == RequestClass::kManifestPut) stop.request_stop();
  }});
  const ProbeReport report = Probe(context().WithStop(stop.get_token()), host(), {.repository = "app", .seed = "seed"});
  EXPECT_EQ(ReasonOf(report.status), Reason::kInterrupted) << report.status;
  EXPECT_GT(registry().log().Count(RequestClass::kManifestDelete), 0);
  EXPECT_TRUE(report.left.empty()) << report.left[0];
  EXPECT_FALSE(AnythingIsLeft()) << registry().log().ToString();
}

}  // namespace
}  // namespace waybill::oci::registry::probe
