// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/http/target.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::attestations::http {
namespace {

using Kind = Target::Kind;

constexpr char kDigest[] = "sha256:b1340d169f98fbf4ae47f990d98da8c21f71e430a240cc4e50c2a8e19a115e41";

std::string NameIn(absl::string_view target) {
  const absl::StatusOr<Target> parsed = ParseTarget(target);
  if (!parsed.ok()) return std::string(parsed.status().message());
  return parsed->kind == Kind::kAttestations ? parsed->name : "not a list";
}

Kind KindOf(absl::string_view target) {
  const absl::StatusOr<Target> parsed = ParseTarget(target);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? parsed->kind : Kind::kOther;
}

TEST(TargetTest, NamesHaveSlashesTagsAndDigests) {
  EXPECT_EQ(NameIn("/images/alpine/attestations"), "alpine");
  EXPECT_EQ(NameIn("/v1.55/images/ghcr.io/acme/app:1/attestations"), "ghcr.io/acme/app:1");
  EXPECT_EQ(NameIn(absl::StrCat("/images/a/b@", kDigest, "/attestations?type=x")), absl::StrCat("a/b@", kDigest));
  EXPECT_EQ(NameIn("/images/oci:/srv/app/attestations/attestations"), "oci:/srv/app/attestations");
  EXPECT_EQ(NameIn("/images/oci%3A%2Fsrv%2fapp%20x/attestations"), "oci:/srv/app x");
  EXPECT_EQ(NameIn("/images/a+b/attestations"), "a+b");
  EXPECT_EQ(NameIn("/images/docker://a/b/attestations"), "docker://a/b");
  EXPECT_EQ(NameIn("/images/a%00b/attestations"), std::string("a\0b", 3));
}

TEST(TargetTest, Kinds) {
  EXPECT_EQ(KindOf("/_ping"), Kind::kPing);
  EXPECT_EQ(KindOf("/v1.55/_ping"), Kind::kPing);
  EXPECT_EQ(KindOf("/version"), Kind::kVersion);
  EXPECT_EQ(KindOf("/v1.55/version"), Kind::kVersion);
  for (const char* other : {"/", "", "*", "/images/json", "/v1.55", "/v1.55/", "/images/attestations",
                            "/containers/json", "http://example.com/_ping", "/_ping/"}) {
    EXPECT_EQ(KindOf(other), Kind::kOther) << other;
  }
  const absl::StatusOr<Target> blob = ParseTarget(absl::StrCat("/images/a/b:c/attestations/", kDigest));
  ASSERT_TRUE(blob.ok()) << blob.status();
  EXPECT_EQ(blob->kind, Kind::kBlob);
  EXPECT_EQ(blob->name, "a/b:c");
  EXPECT_EQ(blob->digest, kDigest);
  EXPECT_FALSE(ParseTarget("/images/a/attestations/sha256:12").ok());
}

// As moby's daemon words it (daemon/server/middleware/version.go).
TEST(TargetTest, Versions) {
  EXPECT_EQ(NameIn("/v1.56/images/a/attestations"),
            "client version 1.56 is too new. Maximum supported API version is 1.55");
  EXPECT_EQ(NameIn("/v2.0/images/a/attestations"),
            "client version 2.0 is too new. Maximum supported API version is 1.55");
  EXPECT_EQ(NameIn("/v1.44/images/a/attestations"),
            "client version 1.44 is too old. Minimum supported API version is 1.55");
  EXPECT_EQ(NameIn("/vx.y/images/a/attestations"), "not a list");
}

TEST(TargetTest, Parameters) {
  const absl::StatusOr<Target> target =
      ParseTarget("/images/a/attestations?type=a%26b&type=c+d&statement&=x&&platform=%7B%7D");
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->parameters,
            (Parameters{{"type", "a&b"}, {"type", "c d"}, {"statement", ""}, {"", "x"}, {"platform", "{}"}}));
  std::string many = "/_ping?";
  for (int i = 0; i < 101; ++i) absl::StrAppend(&many, "a&");
  EXPECT_FALSE(ParseTarget(many).ok());
}

TEST(TargetTest, EscapesThatAreNone) {
  for (const char* target : {"/images/%/attestations", "/images/%4/attestations", "/images/%zz/attestations",
                             "/images/%%31/attestations", "/_ping?a=%", "/_ping?%1g"}) {
    EXPECT_EQ(oci::ReasonOf(ParseTarget(target).status()), oci::Reason::kInvalidInput) << target;
  }
}

}  // namespace
}  // namespace waybill::exporter::attestations::http
