// SPDX-License-Identifier: Apache-2.0
// What clients of the profiles meet. The replies are the ones the profiles' sources report.
#include "oci/registry/server/profiles/profiles.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/registry/server/registry_server.h"
#include "oci/registry/testing/test_client.h"

namespace waybill::oci::registry::server {
namespace {

constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr char kSubject[] = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

std::string Artifact(const std::string& subject) {
  return absl::StrCat(
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"a/b",)",
      R"("config":{"mediaType":"application/vnd.oci.empty.v1+json",)",
      R"("digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[])",
      subject.empty() ? "" : absl::StrCat(R"(,"subject":{"mediaType":"a/b","digest":")", subject, R"(","size":5})"),
      "}");
}

struct Running {
  explicit Running(absl::string_view name)
      : registry(*RegistryServer::Start({.behavior = profiles::ProfileNamed(name)->behavior})),
        client(registry->host()) {
    registry->contents().AddRepository("a");
    client.PushBlob("a", "{}");
  }
  testing::Reply PushArtifact(const std::string& subject) {
    return client.PushManifest("a", "1", kManifestType, Artifact(subject));
  }
  std::unique_ptr<RegistryServer> registry;
  testing::TestClient client;
};

TEST(ProfilesTest, EachIsNamedOnceAndHasSources) {
  std::set<absl::string_view> names;
  for (const profiles::Profile& profile : profiles::AllProfiles()) {
    EXPECT_TRUE(names.insert(profile.name).second) << profile.name;
    EXPECT_TRUE(!profile.facts.empty() || !profile.not_known.empty()) << profile.name;
    for (const profiles::ProfileFact& fact : profile.facts) EXPECT_FALSE(fact.source.empty()) << fact.fact;
  }
  EXPECT_EQ(names, (std::set<absl::string_view>{"spec",
                                                "distribution",
                                                "distribution-v2",
                                                "zot",
                                                "olareg",
                                                "harbor",
                                                "harbor-old",
                                                "quay",
                                                "quay-old",
                                                "gitlab",
                                                "artifactory",
                                                "nexus",
                                                "gitea",
                                                "ghcr",
                                                "docker-hub",
                                                "ecr",
                                                "ecr-immutable",
                                                "ecr-public",
                                                "gar",
                                                "gar-immutable",
                                                "acr",
                                                "docr",
                                                "aliyun",
                                                "cloudflare",
                                                "harbor-immutable",
                                                "proxied",
                                                "web-page"}));
  EXPECT_FALSE(profiles::ProfileNamed("no-such").has_value());
}

TEST(ProfilesTest, AllTakeAPlainImage) {
  for (const profiles::Profile& profile : profiles::AllProfiles()) {
    // One sends uploads to an inner name, which this client does not know; the other is no registry.
    if (profile.name == "proxied" || profile.name == "web-page") continue;
    Running running(profile.name);
    const std::string config = R"({"architecture":"amd64","os":"linux"})";
    ASSERT_EQ(running.client.PushBlob("a", config).status, 201) << profile.name;
    const std::string manifest = absl::StrCat(
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":)",
        R"("application/vnd.oci.image.config.v1+json","digest":")", Digest::Of(config).ToString(),
        R"(","size":37},"layers":[]})");
    EXPECT_EQ(running.client.PushManifest("a", "1", kManifestType, manifest).status, 201) << profile.name;
    EXPECT_EQ(running.client.Do("GET", "/v2/a/manifests/1", {"Accept: */*"}).body, manifest) << profile.name;
  }
}

TEST(ProfilesTest, GhcrHasNoReferrersApi) {
  Running ghcr("ghcr");
  testing::Reply reply = ghcr.PushArtifact(kSubject);
  EXPECT_EQ(reply.status, 201);
  EXPECT_FALSE(reply.headers.contains("oci-subject"));
  EXPECT_EQ(ghcr.client.Do("GET", absl::StrCat("/v2/a/referrers/", kSubject)).status, 404);
}

TEST(ProfilesTest, HarborOldHasTheApiButNotTheHeader) {
  Running harbor("harbor-old");
  EXPECT_FALSE(harbor.PushArtifact(kSubject).headers.contains("oci-subject"));
  EXPECT_EQ(harbor.client.Do("GET", absl::StrCat("/v2/a/referrers/", kSubject)).status, 200);
}

TEST(ProfilesTest, GitLabWantsTheSubjectFirstAndMixesTagsWithDigests) {
  Running gitlab("gitlab");
  const testing::Reply refused = gitlab.PushArtifact(kSubject);
  EXPECT_EQ(refused.status, 404);
  EXPECT_TRUE(absl::StrContains(refused.body, "MANIFEST_BLOB_UNKNOWN"));
  testing::Reply subject = gitlab.PushArtifact("");
  ASSERT_EQ(subject.status, 201);
  const std::string digest = subject.headers["docker-content-digest"];
  EXPECT_EQ(gitlab.PushArtifact(digest).status, 201);
  testing::Reply ambiguous = gitlab.client.Do("GET", absl::StrCat("/v2/a/manifests/sha256-", digest.substr(7)));
  EXPECT_EQ(ambiguous.status, 200);
  EXPECT_EQ(ambiguous.headers["docker-content-digest"], digest);
}

TEST(ProfilesTest, AliyunRefusesTheEmptyConfig) {
  Running aliyun("aliyun");
  const testing::Reply refused = aliyun.PushArtifact("");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body, R"({"errors":[{"code":"DENIED","message":)"
                          R"("unknown manifest class for application/vnd.oci.empty.v1+json"}]})");
}

TEST(ProfilesTest, QuayOldHasAListOfConfigTypes) { EXPECT_EQ(Running("quay-old").PushArtifact("").status, 400); }

TEST(ProfilesTest, ZotRefusesDockerTypes) {
  Running zot("zot");
  EXPECT_EQ(zot.client
                .PushManifest("a", "1", "application/vnd.docker.distribution.manifest.v2+json",
                              R"({"schemaVersion":2,"config":{"mediaType":"x","digest":)"
                              R"("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2}})")
                .status,
            415);
}

TEST(ProfilesTest, ArtifactoryForbidsLookingForWhatIsNotThere) {
  Running artifactory("artifactory");
  EXPECT_EQ(artifactory.client.Do("HEAD", "/v2/a/manifests/none").status, 403);
  EXPECT_EQ(artifactory.client.Do("GET", "/v2/a/manifests/none").status, 404);
}

TEST(ProfilesTest, EcrLosesTheSecondChunk) {
  Running ecr("ecr");
  testing::Reply reply = ecr.client.Do("POST", "/v2/a/blobs/uploads/");
  reply = ecr.client.Do("PATCH", reply.headers["location"], {"Content-Range: 0-1"}, "he");
  EXPECT_EQ(reply.status, 202);
  reply = ecr.client.Do("PATCH", reply.headers["location"], {"Content-Range: 2-3"}, "ll");
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.headers["range"], "0-1");
  EXPECT_EQ(ecr.client.Do("POST", "/v2/new/blobs/uploads/").status, 404);
}

TEST(ProfilesTest, EcrTakesSoManyManifestsAndTagsOnce) {
  Running ecr("ecr-immutable");
  testing::Reply first = ecr.PushArtifact("");
  EXPECT_EQ(first.status, 201);
  const testing::Reply again = ecr.PushArtifact("");
  EXPECT_EQ(again.status, 400);
  EXPECT_TRUE(absl::StrContains(again.body, "ImageTagAlreadyExistsException"));
  int limited = 0;
  for (int i = 0; i < 20; ++i) limited += ecr.PushArtifact("").status == 429 ? 1 : 0;
  EXPECT_EQ(limited, 2);
}

TEST(ProfilesTest, EcrPublicRefusesData) {
  Running ecr("ecr-public");
  const std::string manifest =
      absl::StrCat(R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":")",
                   Digest::Of("{}").ToString(), R"(","size":2,"data":"e30="},"layers":[]})");
  EXPECT_EQ(ecr.client.PushManifest("a", "1", kManifestType, manifest).status, 405);
}

// The limits of Docker Hub and GHCR, which look different.
TEST(ProfilesTest, HostedRegistriesLimitRequests) {
  const auto hundred_and_first = [](absl::string_view name) {
    Running running(name);
    testing::Reply reply;
    for (int i = 0; i < 110 && reply.status != 429 && reply.status != 403; ++i)
      reply = running.client.Do("GET", "/v2/");
    return reply;
  };
  testing::Reply hub = hundred_and_first("docker-hub");
  EXPECT_EQ(hub.status, 429);
  EXPECT_EQ(hub.headers["retry-after"], "60");
  EXPECT_EQ(hub.headers["content-type"], "text/plain; charset=utf-8");
  EXPECT_EQ(hundred_and_first("ghcr").status, 403);
}

TEST(ProfilesTest, GitLabHasAListOfConfigTypes) {
  Running gitlab("gitlab");
  const std::string manifest =
      absl::StrCat(R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.buildkit.cacheconfig.v0","digest":")",
                   Digest::Of("{}").ToString(), R"(","size":2},"layers":[]})");
  EXPECT_EQ(gitlab.client.PushManifest("a", "1", kManifestType, manifest).status, 400);
}

TEST(ProfilesTest, AcrLosesTheSessionOfABrokenUpload) {
  Running acr("acr");
  behavior::Behavior behavior = acr.registry->behavior();
  behavior.faults = {{.kind = behavior::FaultKind::kDrop, .where = wire::RequestClass::kUploadPatch}};
  acr.registry->SetBehavior(behavior);
  testing::Reply session = acr.client.Do("POST", "/v2/a/blobs/uploads/");
  EXPECT_NE(acr.client.Do("PATCH", session.headers["location"], {}, "hello").transport, CURLE_OK);
  EXPECT_EQ(acr.client.Do("GET", session.headers["location"]).status, 404);
}

TEST(ProfilesTest, CloudflareLimitsBodies) {
  Running cloudflare("cloudflare");
  testing::Reply session = cloudflare.client.Do("POST", "/v2/a/blobs/uploads/");
  const testing::Reply reply = cloudflare.client.Do(
      "PUT", absl::StrCat(session.headers["location"], "&digest=", kSubject), {}, std::string(100'000'001, 'x'));
  EXPECT_EQ(reply.status, 413);
}

}  // namespace
}  // namespace waybill::oci::registry::server
