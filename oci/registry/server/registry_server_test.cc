// SPDX-License-Identifier: Apache-2.0
// The fake registry as a plain client sees it. The digests were computed with sha256sum.
#include "oci/registry/server/registry_server.h"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "oci/registry/testing/test_client.h"

namespace waybill::oci::registry::server {
namespace {

constexpr char kHello[] = "hello";
constexpr char kHelloDigest[] = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
constexpr char kEmptyJsonDigest[] = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr char kIndexType[] = "application/vnd.oci.image.index.v1+json";
// The subject is the digest of "hello", which no manifest has.
constexpr char kReferrer[] =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"a/b",)"
    R"("config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},)"
    R"("layers":[],"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","size":5},)"
    R"("annotations":{"k":"v"}})";
constexpr char kReferrerDigest[] = "sha256:a3f87a9707e387c03afe23d026f50e2fbd81e67ac98b7137eca7a86c6d96d397";

class RegistryServerTest : public ::testing::Test {
 protected:
  void Restart(RegistryServer::Options options = {}) {
    auto started = RegistryServer::Start(std::move(options));
    ASSERT_TRUE(started.ok()) << started.status();
    registry_ = *std::move(started);
    client_ = std::make_unique<testing::TestClient>(registry_->host());
  }
  void SetUp() override { Restart(); }
  void Set(const behavior::Behavior& behavior) { registry_->SetBehavior(behavior); }
  static Digest D(const std::string& text) { return *Digest::Parse(text); }

  std::unique_ptr<RegistryServer> registry_;
  std::unique_ptr<testing::TestClient> client_;
};

TEST_F(RegistryServerTest, AnswersTheBase) { EXPECT_EQ(client_->Do("GET", "/v2/").status, 200); }

TEST_F(RegistryServerTest, PushesInPostAndPut) {
  testing::Reply reply = client_->PushBlob("a/b", kHello);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.headers["location"], absl::StrCat("/v2/a/b/blobs/", kHelloDigest));
  EXPECT_EQ(reply.headers["docker-content-digest"], kHelloDigest);
  EXPECT_TRUE(registry_->contents().HasBlob("a/b", D(kHelloDigest)));
  EXPECT_FALSE(registry_->contents().HasBlob("a", D(kHelloDigest)));
  reply = client_->Do("GET", absl::StrCat("/v2/a/b/blobs/", kHelloDigest));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "hello");
  reply = client_->Do("HEAD", absl::StrCat("/v2/a/b/blobs/", kHelloDigest));
  EXPECT_EQ(reply.headers["content-length"], "5");
  EXPECT_EQ(registry_->open_uploads(), 0u);
}

TEST_F(RegistryServerTest, RefusesBytesOfAnotherDigest) {
  testing::Reply session = client_->Do("POST", "/v2/a/blobs/uploads/");
  const testing::Reply reply =
      client_->Do("PUT", absl::StrCat(session.headers["location"], "&digest=", kEmptyJsonDigest), {}, "hello");
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find("DIGEST_INVALID"), std::string::npos);
  EXPECT_FALSE(registry_->contents().HasBlob("a", D(kHelloDigest)));
}

TEST_F(RegistryServerTest, SinglePost) {
  testing::Reply reply = client_->Do("POST", absl::StrCat("/v2/a/blobs/uploads/?digest=", kHelloDigest), {}, kHello);
  EXPECT_EQ(reply.status, 201);
  behavior::Behavior behavior;
  behavior.uploads.single_post = behavior::SinglePost::kSessionOnly;
  Set(behavior);
  reply = client_->Do("POST", absl::StrCat("/v2/b/blobs/uploads/?digest=", kHelloDigest), {}, kHello);
  EXPECT_EQ(reply.status, 202);
  EXPECT_FALSE(registry_->contents().HasBlob("b", D(kHelloDigest)));
  behavior.uploads.single_post = behavior::SinglePost::kNeedsOctetStream;
  Set(behavior);
  reply = client_->Do("POST", absl::StrCat("/v2/b/blobs/uploads/?digest=", kHelloDigest), {}, kHello);
  EXPECT_EQ(reply.status, 415);
}

TEST_F(RegistryServerTest, PushesInChunks) {
  testing::Reply reply = client_->Do("POST", "/v2/a/blobs/uploads/");
  reply = client_->Do("PATCH", reply.headers["location"], {"Content-Range: 0-1"}, "he");
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.headers["range"], "0-1");
  const std::string location = reply.headers["location"];
  reply = client_->Do("PATCH", location, {"Content-Range: 3-4"}, "lo");
  EXPECT_EQ(reply.status, 416);
  EXPECT_EQ(reply.headers["range"], "0-1");
  reply = client_->Do("GET", location);
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.headers["range"], "0-1");
  reply = client_->Do("PATCH", location, {"Content-Range: 2-3"}, "ll");
  EXPECT_EQ(reply.status, 202);
  reply = client_->Do("PUT", absl::StrCat(reply.headers["location"], "&digest=", kHelloDigest), {"Content-Range: 4-4"},
                      "o");
  EXPECT_EQ(reply.status, 201);
  EXPECT_TRUE(registry_->contents().HasBlob("a", D(kHelloDigest)));
}

TEST_F(RegistryServerTest, CancelledSessionsAreGone) {
  testing::Reply reply = client_->Do("POST", "/v2/a/blobs/uploads/");
  EXPECT_EQ(registry_->open_uploads(), 1u);
  EXPECT_EQ(client_->Do("DELETE", reply.headers["location"]).status, 204);
  EXPECT_EQ(registry_->open_uploads(), 0u);
  const testing::Reply gone = client_->Do("PATCH", reply.headers["location"], {}, "x");
  EXPECT_EQ(gone.status, 404);
  EXPECT_NE(gone.body.find("BLOB_UPLOAD_UNKNOWN"), std::string::npos);
}

TEST_F(RegistryServerTest, TakesAnotherAlgorithmAtTheEndOfAnUpload) {
  constexpr char kHello512[] =
      "sha512:"
      "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c"
      "2e5c3adef46f73bcdec043";
  testing::Reply reply = client_->Do("POST", "/v2/a/blobs/uploads/");
  reply = client_->Do("PATCH", reply.headers["location"], {}, kHello);
  reply = client_->Do("PUT", absl::StrCat(reply.headers["location"], "&digest=", kHello512));
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(client_->Do("GET", absl::StrCat("/v2/a/blobs/", kHello512)).body, kHello);
  EXPECT_FALSE(registry_->contents().HasBlob("a", D(kHelloDigest)));
}

TEST_F(RegistryServerTest, Mounts) {
  ASSERT_TRUE(registry_->contents().AddBlob("source", kHello).ok());
  const std::string mount = absl::StrCat("/v2/a/blobs/uploads/?mount=", kHelloDigest);
  EXPECT_EQ(client_->Do("POST", mount + "&from=elsewhere").status, 202);
  EXPECT_EQ(client_->Do("POST", mount + "&from=source").status, 201);
  EXPECT_TRUE(registry_->contents().HasBlob("a", D(kHelloDigest)));
  behavior::Behavior behavior;
  behavior.uploads.mount = behavior::Mount::kUnauthorized;
  Set(behavior);
  EXPECT_EQ(client_->Do("POST", mount + "&from=source").status, 401);
  behavior.uploads.mount = behavior::Mount::kForbidden;
  Set(behavior);
  EXPECT_EQ(client_->Do("POST", mount + "&from=source").status, 403);
  const std::string anonymous = absl::StrCat("/v2/b/blobs/uploads/?mount=", kHelloDigest);
  behavior.uploads.anonymous_mount = behavior::AnonymousMount::kSameRepository;
  Set(behavior);
  EXPECT_EQ(client_->Do("POST", anonymous).status, 202);
  behavior.uploads.anonymous_mount = behavior::AnonymousMount::kAnyRepository;
  Set(behavior);
  EXPECT_EQ(client_->Do("POST", anonymous).status, 201);
  EXPECT_TRUE(registry_->contents().HasBlob("b", D(kHelloDigest)));
}

TEST_F(RegistryServerTest, ManifestsNeedTheirBlobs) {
  testing::Reply reply = client_->PushManifest("a", "1", kManifestType, kReferrer);
  EXPECT_EQ(reply.status, 404);
  const auto body = nlohmann::json::parse(reply.body, nullptr, false);
  EXPECT_EQ(body["errors"][0]["code"], "MANIFEST_BLOB_UNKNOWN");
  EXPECT_EQ(body["errors"][0]["detail"]["digest"], kEmptyJsonDigest);
  EXPECT_EQ(registry_->contents().Tagged("a", "1"), std::nullopt);
}

TEST_F(RegistryServerTest, ManifestsTagsAndReferrers) {
  ASSERT_EQ(client_->PushBlob("a", "{}").status, 201);
  testing::Reply reply = client_->PushManifest("a", "1", kManifestType, kReferrer);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.headers["docker-content-digest"], kReferrerDigest);
  EXPECT_EQ(reply.headers["oci-subject"], kHelloDigest);
  EXPECT_EQ(client_->PushManifest("a", absl::StrCat(kReferrerDigest, "?tag=2&tag=3"), kManifestType, kReferrer).status,
            201);
  EXPECT_EQ(registry_->contents().Tags("a"), (std::vector<std::string>{"1", "2", "3"}));

  reply = client_->Do("GET", "/v2/a/tags/list?n=2");
  EXPECT_EQ(reply.body, R"({"name":"a","tags":["1","2"]})");
  EXPECT_EQ(reply.headers["link"], "</v2/a/tags/list?n=2&last=2>; rel=\"next\"");
  EXPECT_EQ(client_->Do("GET", "/v2/a/tags/list?n=2&last=2").body, R"({"name":"a","tags":["3"]})");

  reply = client_->Do("GET", absl::StrCat("/v2/a/referrers/", kHelloDigest, "?artifactType=a%2Fb"));
  EXPECT_EQ(reply.headers["content-type"], kIndexType);
  EXPECT_EQ(reply.headers["oci-filters-applied"], "artifactType");
  const auto listing = nlohmann::json::parse(reply.body, nullptr, false);
  ASSERT_EQ(listing["manifests"].size(), 1u);
  EXPECT_EQ(listing["manifests"][0]["digest"], kReferrerDigest);
  EXPECT_EQ(listing["manifests"][0]["artifactType"], "a/b");
  EXPECT_EQ(listing["manifests"][0]["annotations"]["k"], "v");
  EXPECT_EQ(client_->Do("GET", absl::StrCat("/v2/a/referrers/", kHelloDigest, "?artifactType=c")).body,
            R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})");
}

TEST_F(RegistryServerTest, Deletes) {
  ASSERT_EQ(client_->PushBlob("a", "{}").status, 201);
  ASSERT_EQ(client_->PushManifest("a", "1", kManifestType, kReferrer).status, 201);
  ASSERT_EQ(client_->PushManifest("a", "2", kManifestType, kReferrer).status, 201);
  EXPECT_EQ(client_->Do("DELETE", "/v2/a/manifests/1").status, 202);
  EXPECT_EQ(client_->Do("DELETE", "/v2/a/manifests/1").status, 404);
  EXPECT_TRUE(registry_->contents().HasManifest("a", D(kReferrerDigest)));
  EXPECT_EQ(client_->Do("DELETE", absl::StrCat("/v2/a/manifests/", kReferrerDigest)).status, 202);
  EXPECT_TRUE(registry_->contents().Tags("a").empty());
  EXPECT_TRUE(registry_->contents().Referrers("a", D(kHelloDigest)).empty());
  EXPECT_EQ(client_->Do("DELETE", absl::StrCat("/v2/a/blobs/", kEmptyJsonDigest)).status, 202);
  EXPECT_EQ(client_->Do("GET", absl::StrCat("/v2/a/blobs/", kEmptyJsonDigest)).status, 404);
}

TEST_F(RegistryServerTest, LogsRequests) {
  ASSERT_EQ(client_->PushBlob("a", kHello).status, 201);
  EXPECT_EQ(registry_->log().Count(wire::RequestClass::kAny), 2);
  EXPECT_EQ(registry_->log().Count(wire::RequestClass::kUploadPost), 1);
  EXPECT_EQ(registry_->log().Count(wire::RequestClass::kUploadPut), 1);
  EXPECT_EQ(registry_->log().BodyBytes(), 5);
  EXPECT_EQ(registry_->connections(), 1);
}

TEST_F(RegistryServerTest, KeepsADirectoryOfLayouts) {
  const std::string directory = absl::StrCat(::testing::TempDir(), "/layouts");
  Restart({.directory = directory});
  ASSERT_EQ(client_->PushBlob("a/b", "{}").status, 201);
  ASSERT_EQ(client_->PushManifest("a/b", "1", kManifestType, kReferrer).status, 201);
  Restart({.directory = directory});
  EXPECT_EQ(registry_->contents().Tagged("a/b", "1"), D(kReferrerDigest));
  EXPECT_EQ(registry_->contents().Referrers("a/b", D(kHelloDigest)), std::vector<Digest>{D(kReferrerDigest)});
  EXPECT_EQ(client_->Do("GET", "/v2/a/b/manifests/1").body, kReferrer);
}

}  // namespace
}  // namespace waybill::oci::registry::server
