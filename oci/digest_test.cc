// SPDX-License-Identifier: Apache-2.0
// The expected digests are those of sha256sum and sha512sum.
#include "oci/digest.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci {
namespace {

constexpr absl::string_view kEmptySha256 = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr absl::string_view kAbcSha256 = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr absl::string_view kAbcSha512 =
    "sha512:"
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce"
    "80e2a9ac94fa54ca49f";

TEST(DigestTest, HashesBytes) {
  EXPECT_EQ(Digest::Of("").ToString(), kEmptySha256);
  EXPECT_EQ(Digest::Of("abc").ToString(), kAbcSha256);
}

TEST(DigestTest, ParsesBothAlgorithms) {
  const Digest digest = Digest::Parse(kAbcSha512).value();
  EXPECT_EQ(digest.algorithm(), "sha512");
  EXPECT_EQ(absl::StrCat("sha512:", digest.hex()), kAbcSha512);
  EXPECT_EQ(digest.ToString(), kAbcSha512);
  EXPECT_EQ(Digest::Parse(kAbcSha256).value(), Digest::Of("abc"));
}

TEST(DigestTest, RefusesEverythingElse) {
  const std::string hex(64, 'a');
  const std::string bad[] = {"",
                             ":",
                             "sha256",
                             "sha256:",
                             absl::StrCat("sha256:", hex, "a"),
                             absl::StrCat("sha256:", hex.substr(1)),
                             absl::StrCat("sha256:A", hex.substr(1)),
                             absl::StrCat("SHA256:", hex),
                             absl::StrCat("sha384:", hex),
                             absl::StrCat("md5:", hex.substr(32)),
                             absl::StrCat("sha256:../", hex.substr(3)),
                             absl::StrCat("sha512:", hex),
                             absl::StrCat(" sha256:", hex),
                             std::string("sha256:\0", 8) + hex.substr(1)};
  for (const std::string& text : bad) {
    const absl::Status status = Digest::Parse(text).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << text;
    EXPECT_EQ(status.message().substr(0, 16), "invalid digest \"") << text;
  }
  EXPECT_EQ(Digest::Parse("x\n").status().message(), "invalid digest \"x\\x0a\"");
}

TEST(HasherTest, TellsTheDigestSoFarAndGoesOn) {
  Hasher hasher;
  EXPECT_EQ(hasher.Current().ToString(), kEmptySha256);
  hasher.Update("a");
  hasher.Update("");
  hasher.Update("bc");
  EXPECT_EQ(hasher.Current().ToString(), kAbcSha256);
  Hasher moved = std::move(hasher);
  EXPECT_EQ(moved.Current().ToString(), kAbcSha256);
}

TEST(HasherTest, UsesTheAlgorithmOfTheExpectedDigest) {
  Hasher hasher(Digest::Parse(kAbcSha512).value());
  hasher.Update("abc");
  EXPECT_EQ(hasher.Current().ToString(), kAbcSha512);
}

}  // namespace
}  // namespace waybill::oci
