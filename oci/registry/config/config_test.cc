// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/config/config.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::registry::config {
namespace {

// The example of buildkitd.toml.md, with what waybill adds.
constexpr char kExample[] = R"(
debug = true
[worker.oci]
  enabled = true
[registry."docker.io"]
  mirrors = ["yourmirror.local:5000", "core.harbor.domain/proxy.docker.io"]
  http = true
  insecure = true
  ca = ["/etc/config/myca.pem"]
  referrers-fallback = "never"
  silence-limit = "5m"
  [[registry."docker.io".keypair]]
    key = "/etc/config/key.pem"
    cert = "/etc/config/cert.pem"
[registry."yourmirror.local:5000"]
  http = false
)";

TEST(ConfigTest, ReadsBuildkitdsTables) {
  const auto tables = ParseConfig(kExample, "x.toml");
  ASSERT_TRUE(tables.ok()) << tables.status();
  ASSERT_EQ(tables->size(), 2u);
  const RegistryTable& hub = tables->at("docker.io");
  EXPECT_EQ(hub.mirrors, (std::vector<std::string>{"yourmirror.local:5000", "core.harbor.domain/proxy.docker.io"}));
  EXPECT_EQ(hub.http, true);
  EXPECT_EQ(hub.insecure, true);
  EXPECT_EQ(hub.ca, std::vector<std::string>{"/etc/config/myca.pem"});
  ASSERT_EQ(hub.key_pairs.size(), 1u);
  EXPECT_EQ(hub.key_pairs[0].key, "/etc/config/key.pem");
  EXPECT_EQ(hub.referrers_fallback, Fallback::kNever);
  EXPECT_EQ(hub.silence_limit, absl::Minutes(5));
  EXPECT_EQ(tables->at("yourmirror.local:5000").http, false);
  EXPECT_TRUE(ParseConfig("", "x")->empty());
}

TEST(ConfigTest, FaultsNameLineAndKey) {
  const std::pair<const char*, const char*> kRows[] = {
      {"[registry.\"h\"]\nhttp = 1", "x.toml:2: registry.\"h\".http: true or false is wanted"},
      {"[registry.\"h\"]\nmirrors = \"m\"", "x.toml:2: registry.\"h\".mirrors: a list of strings is wanted"},
      {"[registry.\"h\"]\nmirrors = [\"ftp://m\"]",
       "x.toml:2: registry.\"h\".mirrors: \"ftp://m\" is no host[:port][/path]"},
      {"[registry.\"h\"]\nmirrors = [\"m/a b\"]",
       "x.toml:2: registry.\"h\".mirrors: \"m/a b\" is no host[:port][/path]"},
      {"[registry.\"h\"]\nmirrors = [\"m/a//b\"]",
       "x.toml:2: registry.\"h\".mirrors: \"m/a//b\" is no host[:port][/path]"},
      {"[registry.\"h\"]\nmirrors = [\"https://\"]",
       "x.toml:2: registry.\"h\".mirrors: \"https://\" is no host[:port][/path]"},
      {"[registry.\"h\"]\nca = [\"\"]", "x.toml:2: registry.\"h\".ca: a string is wanted"},
      {"[registry.\"h\"]\n\nhtpp = true", "x.toml:3: registry.\"h\".htpp: no such key"},
      {"[registry.\"h\"]\nreferrers-fallback = \"maybe\"",
       "x.toml:2: registry.\"h\".referrers-fallback: auto, always, never or require-api is wanted"},
      {"[registry.\"h\"]\nsilence-limit = 120",
       "x.toml:2: registry.\"h\".silence-limit: a duration between 1s and 24h is wanted"},
      {"[registry.\"h\"]\nsilence-limit = \"0s\"",
       "x.toml:2: registry.\"h\".silence-limit: a duration between 1s and 24h is wanted"},
      {"[registry.\"h\"]\nkeypair = [{key=\"a\"}]", "x.toml:2: registry.\"h\".keypair: key and cert are wanted"},
      {"[registry]\nh = 1", "x.toml:2: registry.\"h\": a table is wanted"},
      {"\n[registries.\"h\"]\nhttp = true", "x.toml:2: registries: no such table; [registry.\"host\"] is wanted"},
  };
  for (const auto& [text, expected] : kRows) {
    const auto tables = ParseConfig(text, "x.toml");
    EXPECT_EQ(ReasonOf(tables.status()), Reason::kInvalidInput) << text;
    EXPECT_EQ(tables.status().message(), expected);
  }
  const auto deep = ParseConfig(absl::StrCat("a = ", std::string(100000, '[')), "x.toml");
  EXPECT_EQ(ReasonOf(deep.status()), Reason::kInvalidInput);
  EXPECT_EQ(std::string(ParseConfig("[[[a]]]", "x.toml").status().message()),
            "x.toml:1: Error while parsing key: expected bare key starting character or string delimiter, saw "
            "'['");
  for (const std::string letter : {"é", "Α", "ﻟ", "\u200b"}) {
    const absl::Status status = ParseConfig(letter + " = 1", "x.toml").status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << letter;
    EXPECT_EQ(status.message().substr(0, 9), "x.toml:1:") << letter;
  }
  const auto broken = ParseConfig("a = \nb", "x.toml");
  EXPECT_EQ(ReasonOf(broken.status()), Reason::kInvalidInput);
  EXPECT_EQ(broken.status().message().substr(0, 9), "x.toml:1:");
}

// The rows of BuildKit's TestNewMirrorRegistryHost (util/resolver/resolver_test.go), and plain HTTP.
TEST(ConfigTest, MirrorsMayCarryAScheme) {
  const std::pair<const char*, const char*> kRows[] = {
      {"hub.docker.io", "hub.docker.io"},
      {"yourmirror.local:5000/proxy.docker.io", "yourmirror.local:5000/proxy.docker.io"},
      {"https://url/", "url"},
      {"https://url/path/", "url/path"},
      {"http://127.0.0.1:44993", "127.0.0.1:44993"},
      {"http://[::1]:5000/a/b", "[::1]:5000/a/b"},
  };
  for (const auto& [text, expected] : kRows) {
    const auto tables = ParseConfig(absl::StrCat("[registry.\"h\"]\nmirrors = [\"", text, "\"]"), "x.toml");
    ASSERT_TRUE(tables.ok()) << tables.status();
    EXPECT_EQ(tables->at("h").mirrors, std::vector<std::string>{expected});
  }
}

TEST(ConfigTest, HostConfigReadsTheFiles) {
  const std::string ca = ::testing::TempDir() + "/ca.pem";
  constexpr char kPem[] = "-----BEGIN CERTIFICATE-----";
  std::ofstream(ca) << kPem;
  RegistryTables tables;
  tables["h"] = {.http = false, .mirrors = {"m"}, .ca = {ca}, .referrers_fallback = Fallback::kAlways};
  const auto config = HostConfigFor(tables, "h", {"/does/not/exist"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->plain_http, false);
  EXPECT_EQ(config->tls.extra_roots, absl::StrCat(kPem, "\n"));
  EXPECT_EQ(config->mirrors, std::vector<std::string>{"m"});
  EXPECT_EQ(config->referrers_fallback, Fallback::kAlways);
  tables["h"].ca = {"/does/not/exist.pem"};
  const auto missing = HostConfigFor(tables, "h", {});
  EXPECT_EQ(ReasonOf(missing.status()), Reason::kNotFound);
  EXPECT_EQ(missing.status().message(), "registry.\"h\".ca: open /does/not/exist.pem: No such file or directory");
  tables["h"].ca = {ca, "/dev/null"};
  EXPECT_EQ(HostConfigFor(tables, "h", {}).status(),
            InvalidInputError("registry.\"h\".ca: /dev/null: no PEM certificate"));
  tables["h"].ca = {"/dev/zero"};
  const auto endless = HostConfigFor(tables, "h", {});
  EXPECT_EQ(ReasonOf(endless.status()), Reason::kInvalidInput);
  EXPECT_EQ(endless.status().message(), "registry.\"h\".ca: /dev/zero: more than 4 MiB");
  EXPECT_EQ(HostConfigFor(tables, "other", {})->tls, http::TlsSettings{});
}

}  // namespace
}  // namespace waybill::oci::registry::config
