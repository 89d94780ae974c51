// SPDX-License-Identifier: Apache-2.0
#include "oci/http/url.h"

#include <string>

#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/http/ip.h"

namespace waybill::oci::http {
namespace {

TEST(UrlTest, KeepsPathAndQueryAsTheyCame) {
  const auto url = Url::Parse("HTTPS://Registry.Example:443/v2/a%2Fb/uploads/x?_state=A%2Bb%3D&c=+#frag");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->ToString(), "https://registry.example/v2/a%2Fb/uploads/x?_state=A%2Bb%3D&c=+");
  EXPECT_EQ(url->port(), 443);
  EXPECT_EQ(url->authority(), "registry.example");
}

TEST(UrlTest, RefusesWhatIsNoHttpUrl) {
  for (const char* text : {"", "ftp://a/b", "a/b", "http://", "http://user:pw@host/", "http://h:0/", "http://h:99999/",
                           "http://h/a b", "http://h\\evil/", "https:///x", "http://[::1/", "http://[::1]x/",
                           "http://::1/", "http://a]b/", "http://a;b/", "http://[a]/"}) {
    const auto url = Url::Parse(text);
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(ReasonOf(url.status()), Reason::kInvalidInput) << text;
    EXPECT_EQ(url.status().message().find("pw"), std::string::npos);
  }
}

// RFC 3986, 5.4, as far as it applies to http.
TEST(UrlTest, ResolvesReferences) {
  const auto base = Url::Parse("http://a/b/c/d?q");
  ASSERT_TRUE(base.ok());
  const std::pair<const char*, const char*> kRows[] = {
      {"g", "http://a/b/c/g"},     {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},   {"/g", "http://a/g"},
      {"//g", "http://g/"},        {"?y", "http://a/b/c/d?y"},
      {"g?y", "http://a/b/c/g?y"}, {"", "http://a/b/c/d?q"},
      {".", "http://a/b/c/"},      {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},    {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},      {"https://x:8/z", "https://x:8/z"},
      {"#s", "http://a/b/c/d?q"},  {"/up?next=http://b/", "http://a/up?next=http://b/"},
  };
  for (const auto& [reference, expected] : kRows) {
    const auto url = base->Resolve(reference);
    ASSERT_TRUE(url.ok()) << reference;
    EXPECT_EQ(url->ToString(), expected) << reference;
  }
}

TEST(UrlTest, AppendsParametersWithoutTouchingTheRest) {
  const std::pair<const char*, const char*> kRows[] = {
      {"http://h/u", "http://h/u?digest=sha256%3Aab"},
      {"http://h/u?", "http://h/u?digest=sha256%3Aab"},
      {"http://h/u?_state=x%2F+=", "http://h/u?_state=x%2F+=&digest=sha256%3Aab"},
      {"http://h/u?a=1&", "http://h/u?a=1&digest=sha256%3Aab"},
      {"http://h/u?a=1#frag", "http://h/u?a=1&digest=sha256%3Aab"},
  };
  for (const auto& [url, expected] : kRows) {
    EXPECT_EQ(Url::Parse(url)->WithParameter("digest", "sha256:ab").ToString(), expected);
  }
}

TEST(UrlTest, OriginFillsInDefaultPorts) {
  EXPECT_TRUE(SameOrigin(*Url::Parse("https://h/a"), *Url::Parse("https://H:443/b")));
  EXPECT_FALSE(SameOrigin(*Url::Parse("https://h/"), *Url::Parse("https://h:8443/")));
  EXPECT_FALSE(SameOrigin(*Url::Parse("https://h:80/"), *Url::Parse("http://h/")));
}

TEST(UrlTest, LocationRules) {
  const auto at = Url::Parse("https://registry.example/v2/a/blobs/uploads/");
  EXPECT_EQ(ResolveLocation(*at, "/v2/a/blobs/uploads/1?s=%2F")->ToString(),
            "https://registry.example/v2/a/blobs/uploads/1?s=%2F");
  EXPECT_EQ(ResolveLocation(*at, "https://storage.example/x")->ToString(), "https://storage.example/x");
  // A proxy in front that forgot X-Forwarded-Proto.
  EXPECT_EQ(ResolveLocation(*at, "http://registry.example/x?y")->ToString(), "https://registry.example/x?y");
  for (const char* refused : {"http://storage.example/x", "https://127.0.0.1/x", "https://169.254.169.254/latest",
                              "https://[::1]/x", "https://localhost/x", "https://2130706433/x", "https://10.1/x"}) {
    const auto url = ResolveLocation(*at, refused);
    ASSERT_FALSE(url.ok()) << refused;
    EXPECT_EQ(ReasonOf(url.status()), Reason::kRefused) << refused;
  }
  // Go's and browsers' clients encode a space by themselves.
  EXPECT_EQ(ResolveLocation(*at, " /v2/a/blobs/uploads/1?note=two words ")->ToString(),
            "https://registry.example/v2/a/blobs/uploads/1?note=two%20words");
  EXPECT_EQ(ResolveLocation(*at, "https://storage.example/a b")->ToString(), "https://storage.example/a%20b");
  const absl::Status bad = ResolveLocation(*at, "ftp://storage.example/x?secret=1").status();
  EXPECT_EQ(ReasonOf(bad), Reason::kRefused);
  EXPECT_EQ(bad.message().find("registry.example leads us to \"ftp://storage.example/x"), 0u) << bad;
  EXPECT_EQ(bad.message().find("secret=1"), absl::string_view::npos) << bad;
  const auto local = Url::Parse("http://127.0.0.1:5000/v2/");
  EXPECT_TRUE(ResolveLocation(*local, "http://10.0.0.7/x").ok());
}

// A registry behind a proxy knows its inner name alone.
TEST(UrlTest, OwnLocationsStayWhereTheAnswerCameFrom) {
  const auto at = Url::Parse("https://registry.example:8443/v2/a/blobs/uploads/");
  const std::string own = "https://registry.example:8443/v2/a/blobs/uploads/1?s=%2F";
  for (const char* inner : {"http://registry:5000/v2/a/blobs/uploads/1?s=%2F",
                            "https://10.0.0.7/v2/a/blobs/uploads/1?s=%2F", "/v2/a/blobs/uploads/1?s=%2F"}) {
    const auto url = ResolveOwnLocation(*at, inner, "/v2/");
    ASSERT_TRUE(url.ok()) << inner << " " << url.status();
    EXPECT_EQ(url->ToString(), own) << inner;
  }
  EXPECT_EQ(ResolveOwnLocation(*at, "https://storage.example/v2/x", "/v2/")->ToString(),
            "https://storage.example/v2/x");
  const absl::Status elsewhere = ResolveOwnLocation(*at, "http://registry:5000/x", "/v2/").status();
  EXPECT_EQ(ReasonOf(elsewhere), Reason::kRefused);
  EXPECT_NE(elsewhere.message().find("http://registry:5000/x"), absl::string_view::npos) << elsewhere;
}

TEST(IpAddressTest, ReadsWhatResolversRead) {
  for (const char* text :
       {"127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "::1", "[::1]", "::ffff:127.0.0.1"}) {
    const auto address = IpAddress::Parse(text);
    ASSERT_TRUE(address.has_value()) << text;
    EXPECT_TRUE(address->IsLoopback()) << text;
  }
  for (const char* text :
       {"10.0.0.1", "172.31.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "fd00::1", "fe80::1"}) {
    EXPECT_TRUE(IpAddress::Parse(text)->IsPrivate()) << text;
  }
  for (const char* text : {"8.8.8.8", "172.32.0.1", "2001:db8::1"}) EXPECT_FALSE(IpAddress::Parse(text)->IsPrivate());
  for (const char* text : {"", "registry.example", "[::1", "1.2.3.4.5", "127.0.0.1 x"}) {
    EXPECT_FALSE(IpAddress::Parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace waybill::oci::http
