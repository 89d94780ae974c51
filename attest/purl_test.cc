// SPDX-License-Identifier: Apache-2.0
// The expected package URLs are from recordings of BuildKit and answers of its util/purl.
#include "attest/purl.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::attest {
namespace {

const oci::Platform kAmd64{.architecture = "amd64", .os = "linux"};

std::string Purl(absl::string_view name, const oci::Platform& platform = kAmd64) {
  return ImagePurl(name, platform).value_or("error");
}

TEST(PurlTest, NamesImages) {
  EXPECT_EQ(Purl("alpine"), "pkg:docker/alpine@latest?platform=linux%2Famd64");
  EXPECT_EQ(Purl("docker.io/library/alpine:3"), "pkg:docker/alpine@3?platform=linux%2Famd64");
  EXPECT_EQ(Purl("localhost:5000/a/b/c_d:v1.0"), "pkg:docker/localhost%3A5000/a/b/c_d@v1.0?platform=linux%2Famd64");
  EXPECT_EQ(Purl("index.docker.io/foo/bar:T_1-x.y"), "pkg:docker/foo/bar@T_1-x.y?platform=linux%2Famd64");
  EXPECT_EQ(Purl("[::1]:5000/x"), "pkg:docker/%5B%3A%3A1%5D%3A5000/x@latest?platform=linux%2Famd64");
}

TEST(PurlTest, NormalisesThePlatform) {
  EXPECT_EQ(Purl("user/repo", {.architecture = "arm", .os = "linux", .variant = "v7"}),
            "pkg:docker/user/repo@latest?platform=linux%2Farm%2Fv7");
  EXPECT_EQ(Purl("alpine", {.architecture = "arm64", .os = "linux", .variant = "v8"}),
            "pkg:docker/alpine@latest?platform=linux%2Farm64");
  EXPECT_EQ(Purl("a", {.architecture = "AMD64", .os = "Windows", .os_version = "10.0", .variant = "x y"}),
            "pkg:docker/a@latest?platform=windows%2Famd64%2Fx%20y");
}

TEST(PurlTest, DigestsAreQualifiers) {
  const std::string digest = "sha256:" + std::string(64, '1');
  EXPECT_EQ(Purl("reg.example.com/a@" + digest),
            "pkg:docker/reg.example.com/a?digest=" + digest + "&platform=linux%2Famd64");
  EXPECT_EQ(Purl("foo:bar@" + digest), "pkg:docker/foo@bar?digest=" + digest + "&platform=linux%2Famd64");
}

TEST(PurlTest, NamesWhatItCannotParse) {
  const absl::Status status = ImagePurl("foo/UPPER", kAmd64).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_EQ(
      status.message(),
      "failed to parse ref \"foo/UPPER\": invalid reference format: repository name (foo/UPPER) must be lowercase");
  EXPECT_EQ(ImagePurl("*", kAmd64).status().message(), "failed to parse ref \"*\": invalid reference format");
}

}  // namespace
}  // namespace waybill::attest
