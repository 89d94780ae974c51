// SPDX-License-Identifier: Apache-2.0
#include "attest/secrets/shapes.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace waybill::attest::secrets {
namespace {

std::string Seen(absl::string_view text, size_t piece) {
  ShapeScanner scanner;
  for (size_t at = 0; at < text.size(); at += piece) scanner.Feed(text.substr(at, piece));
  return std::string(scanner.Finish());
}

// Parts of tokens are written apart, so that no scanner takes this file for a leak.
const char kLetters[] = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3";

TEST(ShapesTest, TokensOfServices) {
  const std::string some = std::string(kLetters).substr(0, 36);
  const struct {
    std::string token;
    absl::string_view name;
  } cases[] = {
      {absl::StrCat("AK", "IAIOSFODNN7EXAMPLE"), "an AWS access key"},
      {absl::StrCat("ghp", "_", some), "a GitHub token"},
      {absl::StrCat("ghs", "_", some), "a GitHub token"},
      {absl::StrCat("github", "_pat_", some, "_", some), "a GitHub token"},
      {absl::StrCat("gl", "pat-", some.substr(0, 20)), "a GitLab token"},
      {absl::StrCat("xo", "xb-1234567890-", some.substr(0, 12)), "a Slack token"},
      {absl::StrCat("np", "m_", some), "an npm token"},
      {absl::StrCat("AI", "za", some.substr(1)), "a Google API key"},
      {absl::StrCat("sk", "_live_", some.substr(0, 24)), "a Stripe key"},
      {absl::StrCat("dckr", "_pat_", some.substr(0, 27)), "a Docker Hub token"},
      // RFC 7519, section 3.1.
      {"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODB9."
       "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
       "a JSON web token"},
      {absl::StrCat("-----BEGIN", " PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n"), "a private key"},
      {absl::StrCat("-----BEGIN", " EC PRIVATE KEY-----"), "a private key"},
      {absl::StrCat("-----BEGIN", " PGP PRIVATE KEY BLOCK-----"), "a private key"},
  };
  for (const auto& one : cases) {
    for (const std::string& text : {one.token, absl::StrCat("RUN set X=", one.token, " && npm install"),
                                    absl::StrCat("https://x:", one.token, "@example.com/")}) {
      for (const size_t piece : {1, 2, 3, 7, 1000}) EXPECT_EQ(Seen(text, piece), one.name) << text << " " << piece;
    }
    EXPECT_EQ(Seen(absl::StrCat("a", one.token.substr(0, 8)), 5), "") << one.token;
  }
}

TEST(ShapesTest, OtherTexts) {
  const std::string some = std::string(kLetters).substr(0, 36);
  for (const std::string& text :
       {std::string(), std::string("npm install --save"), absl::StrCat("xgh", "p_", some),
        absl::StrCat("gh", "p_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), absl::StrCat("AK", "IAIOSFODNN7EXAMPLEX"),
        absl::StrCat("AK", "IAiosfodnn7example"), absl::StrCat("np", "m_config_registry_", some), some,
        std::string("-----BEGIN PUBLIC KEY-----"), std::string("-----BEGIN CERTIFICATE-----"),
        std::string("the PRIVATE KEY-----"), std::string("eyJ0eXAiOiJKV1QiLA0K.x.y"), std::string(1 << 20, 'A'),
        std::string("sha256:e39c2d33fabf32d3551f6336f9d14dc3dc76dba7bdc65bcb084c0ac1f43fa772")}) {
    for (const size_t piece : {1, 4, 1000}) EXPECT_EQ(Seen(text, piece), "") << text.substr(0, 80) << " " << piece;
  }
}

TEST(ShapesTest, ATextAfterAnother) {
  ShapeScanner scanner;
  scanner.Feed(absl::StrCat("gh", "p_", std::string(kLetters).substr(0, 20)));
  EXPECT_EQ(scanner.Finish(), "");
  scanner.Feed(std::string(kLetters).substr(20, 16));
  EXPECT_EQ(scanner.Finish(), "");
  scanner.Feed(absl::StrCat("-----BEGIN", " PRIVATE "));
  EXPECT_EQ(scanner.Finish(), "");
  scanner.Feed("KEY-----");
  EXPECT_EQ(scanner.Finish(), "");
}

}  // namespace
}  // namespace waybill::attest::secrets
