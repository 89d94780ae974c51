// SPDX-License-Identifier: Apache-2.0
#include "oci/http/curl/proxy.h"

#include <map>
#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "oci/http/url.h"
#include "oci/words/quote.h"
#include "oci/words/secrets.h"

namespace waybill::oci::http::curl {
namespace {

ProxyConfig FromMap(const std::map<std::string, std::string>& environment) {
  return ProxyConfigFrom([&environment](absl::string_view name) -> std::optional<std::string> {
    const auto found = environment.find(std::string(name));
    if (found == environment.end()) return std::nullopt;
    return found->second;
  });
}

TEST(ProxyTest, ReadsBothCases) {
  const ProxyConfig upper = FromMap({{"HTTP_PROXY", "A"}, {"http_proxy", "a"}, {"no_proxy", "x"}});
  EXPECT_EQ(upper.http_proxy, "A");
  EXPECT_EQ(upper.no_proxy, "x");
  EXPECT_EQ(FromMap({{"https_proxy", "b"}}).https_proxy, "b");
  EXPECT_EQ(FromMap({{"HTTP_PROXY", "A"}, {"REQUEST_METHOD", "GET"}}).http_proxy, "");
}

TEST(ProxyTest, PasswordsAreHeldAsSecrets) {
  words::HeldSecrets secrets;
  AddProxySecrets({.http_proxy = "http://ann:pr0xy%40pass@proxy:3128", .https_proxy = "bob:s3cond@proxy"}, secrets);
  // "YW5uOnByMHh5QHBhc3M=" and "Ym9iOnMzY29uZA==" by base64(1).
  for (const char* text : {"you sent pr0xy@pass", "you sent pr0xy%40pass", "you sent Basic YW5uOnByMHh5QHBhc3M=",
                           "you sent ann:pr0xy@pass", "you sent s3cond", "you sent Ym9iOnMzY29uZA=="}) {
    const std::string shown = words::Quoted(text);
    EXPECT_TRUE(absl::StrContains(shown, "...")) << text << ": " << shown;
    for (const char* secret : {"pr0xy@pass", "pr0xy%40pass", "YW5uOnBy", "s3cond", "Ym9iOnMz"}) {
      EXPECT_FALSE(absl::StrContains(shown, secret)) << shown;
    }
  }
  AddProxySecrets({.http_proxy = "http://proxy:3128", .https_proxy = "http://ann@proxy"}, secrets);
  EXPECT_EQ(words::Quoted("the proxy http://proxy:3128, ann"), "the proxy http://proxy:3128, ann");
}

struct Row {
  const char* no_proxy;
  const char* url;
  bool proxied;
};

// Expectations follow golang.org/x/net/http/httpproxy (its TestUseProxy and documentation).
TEST(ProxyTest, NoProxyTable) {
  const Row kRows[] = {
      {"", "http://registry.example/", true},
      {"registry.example", "http://registry.example/", false},
      {"registry.example", "http://sub.registry.example/", false},
      {".registry.example", "http://sub.registry.example/", false},
      {".registry.example", "http://registry.example/", true},
      {"*.registry.example", "http://sub.registry.example/", false},
      {"*.registry.example", "http://registry.example/", true},
      {"registry.example", "http://myregistry.example/", true},
      {"REGISTRY.example", "http://registry.EXAMPLE/", false},
      {"registry.example:5000", "http://registry.example:5000/", false},
      {"registry.example:5000", "http://registry.example/", true},
      {"registry.example:80", "http://registry.example/", false},
      {"10.0.0.0/8", "http://10.1.2.3/", false},
      {"10.0.0.0/8", "http://11.1.2.3/", true},
      {"10.0.0.7", "http://10.0.0.7/", false},
      {"10.0.0.7:81", "http://10.0.0.7/", true},
      {"2001:db8::/32", "http://[2001:db8::5]/", false},
      {"[2001:db8::5]:80", "http://[2001:db8::5]/", false},
      {"a, b ,registry.example", "http://registry.example/", false},
      {"*", "http://registry.example/", false},
      {"", "http://127.0.0.1:5000/", false},
      {"", "http://localhost/", false},
      {"", "http://[::1]/", false},
      {"[", "http://registry.example/", true},
      {":80", "http://registry.example/", true},
      {"10.0.0.0/99", "http://10.0.0.1/", true},
  };
  for (const Row& row : kRows) {
    const ProxyConfig config{"http://proxy:3128", "", row.no_proxy};
    EXPECT_EQ(ProxyFor(config, *Url::Parse(row.url)), row.proxied ? "http://proxy:3128" : "")
        << row.no_proxy << " " << row.url;
  }
}

TEST(ProxyTest, SchemeChoosesTheProxy) {
  const ProxyConfig config{"plain:1", "https://tls:2", ""};
  EXPECT_EQ(ProxyFor(config, *Url::Parse("http://h/")), "http://plain:1");
  EXPECT_EQ(ProxyFor(config, *Url::Parse("https://h/")), "https://tls:2");
}

}  // namespace
}  // namespace waybill::oci::http::curl
