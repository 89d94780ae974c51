// SPDX-License-Identifier: Apache-2.0
#include "attest/secrets/names.h"

#include "gtest/gtest.h"

namespace waybill::attest::secrets {
namespace {

TEST(NamesTest, NamesOfSecrets) {
  for (const absl::string_view name :
       {"NPM_TOKEN", "token", "githubToken", "DB_PASSWORD", "db.passwd", "SECRET_KEY_BASE", "AWS_SECRET_ACCESS_KEY",
        "apikey", "API_KEY", "SIGNING-KEY", "GPG_PASSPHRASE", "PRIVATE_GPG_KEY", "REGISTRY_CREDENTIALS", "TOKEN2"}) {
    EXPECT_EQ(LookAtName(name), NameSays::kSecret) << name;
  }
}

TEST(NamesTest, OtherNames) {
  // Whole words count alone; GPG_KEY is in the environment of Python's images, and a fingerprint.
  for (const absl::string_view name :
       {"", "VERSION", "MONKEY", "TOKENIZER", "SECRETARY", "KEYCLOAK_VERSION", "GPG_KEY", "GPG_KEYS", "PUBLIC_KEY",
        "TOKEN_FILE", "SECRET_NAME", "AWS_ACCESS_KEY_ID", "passwordFile", "TOKEN_URL", "CACHE_KEY", "_", "123"}) {
    EXPECT_EQ(LookAtName(name), NameSays::kNothing) << name;
  }
  for (const absl::string_view name : {"AUTH", "BASIC_AUTH", "gh_pat", "sessionCookie"}) {
    EXPECT_EQ(LookAtName(name), NameSays::kMaybe) << name;
  }
}

TEST(NamesTest, Placeholders) {
  for (const absl::string_view value : {"", " ", "***", "xxxxxxxx", "<redacted>", "[REDACTED]", "changeme", "ChangeMe",
                                        "$TOKEN", "${TOKEN}", "{{ token }}", "true", "0", "none"}) {
    EXPECT_TRUE(IsPlaceholder(value)) << value;
  }
  for (const absl::string_view value : {"hunter2", "a", "aaaa", "**a", "changeme2", "1234", "<a"}) {
    EXPECT_FALSE(IsPlaceholder(value)) << value;
  }
}

TEST(NamesTest, RandomValues) {
  // `head -c 24 /dev/urandom | base64`, and the same in the other alphabet.
  EXPECT_TRUE(LooksRandom("q3Vn0sJ8xPzE1bYt5uRkWm2LhGdC7oAf"));
  EXPECT_TRUE(LooksRandom("q3Vn0sJ8xPzE1-Yt5uRkWm2_hGdC7oAfZw=="));
  for (const absl::string_view value : {"q3Vn0sJ8xPzE1bYt5uRkWm2LhGdC7oA", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
                                        "/usr/local/share/ca-certificates", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                        "q3Vn0sJ8xPzE1bYt5uRkWm2LhGdC7 Af", ""}) {
    EXPECT_FALSE(LooksRandom(value)) << value;
  }
}

}  // namespace
}  // namespace waybill::attest::secrets
