// SPDX-License-Identifier: Apache-2.0
// Registries that mean ill: replies, pages and redirects without end, and words that quote secrets.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/descriptor.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/stream.h"
#include "oci/registry/host.h"
#include "oci/registry/push/push_plan.h"
#include "oci/registry/referrers/referrers.h"
#include "oci/registry/testing/simulated_clock.h"
#include "oci/registry/transfer/manifests.h"

namespace waybill::oci::registry::push {
namespace {

class EndlessReader : public io::Reader {
 public:
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    std::fill(buffer.begin(), buffer.end(), ' ');
    return buffer.size();
  }
};

class TextReader : public io::Reader {
 public:
  explicit TextReader(absl::string_view text) : text_(text) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    const size_t count = text_.copy(buffer.data(), buffer.size(), offset_);
    offset_ += count;
    return count;
  }

 private:
  const std::string text_;
  size_t offset_ = 0;
};

http::Response Answer(int status, http::Headers headers, absl::string_view body) {
  http::Response response{.status = status, .headers = std::move(headers)};
  response.body = std::make_unique<TextReader>(body);
  return response;
}

http::Response Endless(int status) {
  http::Response response{.status = status};
  response.body = std::make_unique<EndlessReader>();
  return response;
}

class Scripted : public http::Transport {
 public:
  std::function<http::Response(const http::Request&)> answer;
  int requests = 0;

  absl::StatusOr<http::Response> Send(const Context&, const http::Request& request) override {
    ++requests;
    http::Response response = answer(request);
    response.url = request.url;
    return response;
  }
};

class UserAndPassword : public auth::CredentialSource {
 public:
  absl::StatusOr<auth::FoundCredentials> Find(const Context&, absl::string_view, absl::string_view, bool) override {
    return auth::FoundCredentials{.credentials = {.username = "user", .password = "hunter2"}, .origin = "the test"};
  }
};

class HostileRegistryTest : public ::testing::Test {
 protected:
  absl::Status Referrers() {
    return referrers::Referrers(host_, "app", traffic_).List(Context(), Digest::Of("subject"), "").status();
  }

  testing::SimulatedClock clock_;
  UserAndPassword credentials_;
  Scripted transport_;
  Traffic traffic_;
  Host host_{{.transport = transport_, .credentials = credentials_, .clock = clock_}, "registry.example", {}};
};

constexpr char kNoReferrers[] = R"({"schemaVersion":2,"manifests":[]})";

TEST_F(HostileRegistryTest, PagesOfReferrersInACircle) {
  transport_.answer = [](const http::Request&) {
    return Answer(200, {{"Link", R"(</v2/app/referrers/x?page=2>; rel="next")"}}, kNoReferrers);
  };
  const absl::Status status = Referrers();
  EXPECT_EQ(ReasonOf(status), Reason::kRefused);
  EXPECT_EQ(std::string(status.message()), "the pages of referrers go in a circle");
  EXPECT_EQ(transport_.requests, 2);
}

TEST_F(HostileRegistryTest, PagesOfReferrersWithoutEnd) {
  transport_.answer = [this](const http::Request&) {
    const std::string next = absl::StrCat("</v2/app/referrers/x?page=", transport_.requests, ">; rel=\"next\"");
    return Answer(200, {{"Link", next}}, kNoReferrers);
  };
  EXPECT_EQ(std::string(Referrers().message()), "more than 1000 pages of referrers");
  EXPECT_EQ(transport_.requests, referrers::kMaxReferrerPages);
}

TEST_F(HostileRegistryTest, LargePagesOfReferrersWithoutEnd) {
  const std::string page = absl::StrCat(kNoReferrers, std::string((4 << 20) - 100, ' '));
  transport_.answer = [&](const http::Request&) {
    const std::string next = absl::StrCat("</v2/app/referrers/x?page=", transport_.requests, ">; rel=\"next\"");
    return Answer(200, {{"Link", next}}, page);
  };
  EXPECT_EQ(std::string(Referrers().message()), "more than 64 MiB of referrers");
  EXPECT_LE(transport_.requests, 17);
}

TEST_F(HostileRegistryTest, ADocumentWithoutEnd) {
  transport_.answer = [](const http::Request&) { return Endless(200); };
  const absl::Status manifest = transfer::Manifests(host_, "app", traffic_).Get(Context(), "latest").status();
  EXPECT_EQ(ReasonOf(manifest), Reason::kRefused);
  EXPECT_EQ(manifest.message(),
            "GET https://registry.example/v2/app/manifests/latest: the reply exceeds 16777216 bytes");
  EXPECT_EQ(std::string(Referrers().message()),
            absl::StrCat("GET https://registry.example/v2/app/referrers/", Digest::Of("subject").ToString(),
                         ": the reply exceeds 4194304 bytes"));
}

TEST_F(HostileRegistryTest, ATokenWithoutEnd) {
  transport_.answer = [](const http::Request& request) {
    if (absl::StrContains(request.url, "/token")) return Endless(200);
    return Answer(401, {{"WWW-Authenticate", R"(Bearer realm="https://registry.example/token",service="s")"}}, "");
  };
  const absl::Status status = transfer::Manifests(host_, "app", traffic_).Get(Context(), "latest").status();
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(absl::StrContains(status.message(), "the reply exceeds 1048576 bytes")) << status;
  EXPECT_FALSE(absl::StrContains(status.message(), "hunter2")) << status;
}

TEST_F(HostileRegistryTest, ChallengesWithoutEnd) {
  transport_.answer = [](const http::Request& request) {
    if (absl::StrContains(request.url, "/token")) return Answer(200, {}, R"({"token":"t0k3n"})");
    http::Response response = Endless(401);
    response.headers.Add("WWW-Authenticate", R"(Bearer realm="https://registry.example/token",service="s")");
    return response;
  };
  const absl::Status status = transfer::Manifests(host_, "app", traffic_).Get(Context(), "latest").status();
  EXPECT_EQ(ReasonOf(status), Reason::kAuth);
  EXPECT_FALSE(absl::StrContains(status.message(), "t0k3n")) << status;
  EXPECT_LT(transport_.requests, 10);
}

TEST_F(HostileRegistryTest, RedirectsWithoutEnd) {
  transport_.answer = [this](const http::Request&) {
    return Answer(307, {{"Location", absl::StrCat("/v2/app/manifests/", transport_.requests)}}, "");
  };
  const absl::Status status = transfer::Manifests(host_, "app", traffic_).Get(Context(), "latest").status();
  EXPECT_EQ(ReasonOf(status), Reason::kRefused);
  EXPECT_TRUE(absl::StrContains(status.message(), "redirects more than 5 times")) << status;
}

// Storage behind a registry is reached by signed URLs, and says so in its errors.
TEST_F(HostileRegistryTest, SignedUrlsAreNotShown) {
  constexpr char kSigned[] = "https://storage.example/blob?X-Amz-Signature=SECRET&X-Amz-Expires=600";
  transport_.answer = [&](const http::Request& request) {
    EXPECT_FALSE(absl::StrContains(request.url, "storage.example") &&
                 request.headers.Find("Authorization").has_value());
    if (!absl::StrContains(request.url, "storage.example")) return Answer(307, {{"Location", kSigned}}, "");
    return Answer(403, {}, absl::StrCat("<Error>the signature of ", kSigned, " is wrong</Error>"));
  };
  const Call call{.target = "/v2/app/blobs/x", .access = {.repository = "app"}};
  const auto answer = host_.Send(Context(), call);
  ASSERT_TRUE(answer.ok()) << answer.status();
  for (const absl::Status& status : {host_.Refusal(call, *answer), host_.Open(Context(), call).status()}) {
    EXPECT_TRUE(absl::StrContains(status.message(), "403")) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "X-Amz-Signature=...")) << status;
    EXPECT_FALSE(absl::StrContains(status.ToString(), "SECRET")) << status;
  }
}

// Not a registry's, but the source's: an index of manifests that are mostly white space.
TEST(HostileImageTest, ManifestsThatAreTooLargeInAll) {
  content::store::MemoryStore store;
  const auto add = [&](absl::string_view media_type, const std::string& text) {
    return Descriptor{
        .media_type = std::string(media_type), .digest = store.Add(text), .size = static_cast<int64_t>(text.size())};
  };
  image::Index index{.media_type = std::string(image::kOciIndex)};
  const std::string manifest = image::ToIndentedJson(
      image::Manifest{.media_type = std::string(image::kOciManifest), .config = add(image::kOciConfig, "{}")});
  for (int i = 0; i < 5; ++i) {
    index.manifests.push_back(add(image::kOciManifest, manifest + std::string((15 << 20) + i, ' ')));
  }
  const absl::Status status =
      MakePushPlan(Context(), store, add(image::kOciIndex, image::ToIndentedJson(index)), {}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_NE(status.message().find("the image's manifests and configs are too large in all"), absl::string_view::npos);
}

}  // namespace
}  // namespace waybill::oci::registry::push
