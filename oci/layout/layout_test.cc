// SPDX-License-Identifier: Apache-2.0
#include "oci/layout/layout.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::layout {
namespace {

constexpr char kOnes[] = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
const std::string kDigest = kOnes;

// Recorded from BuildKit: tarballs by containerd's archive exporter, directories by its client.
TEST(RefNameTest, IsContainerds) {
  struct {
    std::string name;
    std::string archive;
    std::string directory;
  } const cases[] = {
      {"docker.io/library/foo:1", "1", "1"},
      {"docker.io/library/foo:a@" + kDigest, "a@" + kDigest, "a@" + kDigest},
      {"docker.io/library/foo@" + kDigest, "docker.io/library/foo@" + kDigest, "@" + kDigest},
      {"example.com:5000/foo/bar:v1", "v1", "v1"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(RefNameInArchive(c.name), c.archive);
    EXPECT_EQ(RefNameInDirectory(c.name), c.directory);
  }
}

Descriptor Image(char digit, absl::string_view image_name, absl::string_view ref_name) {
  const Descriptor image{.digest = *Digest::Parse("sha256:" + std::string(64, digit))};
  return NamedRoot(image, image_name, ref_name);
}

TEST(FindImageTest, ByImageNameReferenceNameAndDigest) {
  // A reference name that is another's image name: image names go first.
  const image::Index index{
      .manifests = {Image('1', "a.example/x:1", "1"), Image('2', "1", "two"), Image('3', "", "three")}};
  EXPECT_EQ(FindImage(index, "a.example/x:1")->digest.ToString()[7], '1');
  EXPECT_EQ(FindImage(index, "1")->digest.ToString()[7], '2');
  EXPECT_EQ(FindImage(index, "two")->digest.ToString()[7], '2');
  EXPECT_EQ(FindImage(index, "three")->digest.ToString()[7], '3');
  EXPECT_EQ(FindImage(index, kDigest)->digest.ToString(), kDigest);
}

TEST(FindImageTest, NeedsANameAmongSeveral) {
  const absl::Status several = FindImage({.manifests = {Image('1', "a", "1"), Image('2', "b", "2")}}, "").status();
  EXPECT_EQ(ReasonOf(several), Reason::kInvalidInput);
  EXPECT_EQ(several.message(), "the layout has 2 images; name one: a, b");
  // One image under two names is one.
  EXPECT_EQ(FindImage({.manifests = {Image('1', "a", "1"), Image('1', "b", "2")}}, "")->digest.ToString(), kDigest);
  EXPECT_EQ(ReasonOf(FindImage({}, "").status()), Reason::kNotFound);
  EXPECT_EQ(FindImage({.manifests = {Image('1', "a", "1")}}, "")->digest.ToString(), kDigest);
}

TEST(FindImageTest, OneNameOfSeveralImages) {
  const image::Index index{
      .manifests = {Image('1', "a.example/x:1", "1"), Image('2', "b.example/x:1", "1"), Image('3', "", "1")}};
  const absl::Status several = FindImage(index, "1").status();
  EXPECT_EQ(ReasonOf(several), Reason::kInvalidInput);
  EXPECT_EQ(several.message(),
            "the layout has 3 images \"1\"; name one: a.example/x:1, b.example/x:1, sha256:" + std::string(64, '3'));
  const image::Index same{.manifests = {Image('1', "a.example/x:1", "1"), Image('1', "b.example/x:1", "1")}};
  EXPECT_EQ(FindImage(same, "1")->digest.ToString(), kDigest) << "one image under two names";
}

// As containerd, buildx and docker save write them.
TEST(FindImageTest, ReferrersAreNoImages) {
  Descriptor referrer = Image('2', "", "");
  referrer.annotations = {{"io.containerd.manifest.subject", kDigest}};
  const image::Index index{.manifests = {referrer, Image('1', "a", "1")}};
  EXPECT_EQ(FindImage(index, "")->digest.ToString(), kDigest);
  EXPECT_EQ(FindReferrers(index, *Digest::Parse(kDigest)), std::vector<Descriptor>{referrer});
  EXPECT_TRUE(FindReferrers(index, referrer.digest).empty());
}

TEST(FindImageTest, UnknownIsNotFoundByName) {
  const absl::Status status = FindImage({.manifests = {Image('1', "a", "1")}}, "b").status();
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
  EXPECT_EQ(status.message(), "the layout has no image \"b\"");
}

TEST(CheckLayoutFileTest, TakesVersionOneOnly) {
  EXPECT_EQ(CheckLayoutFile(" {\"imageLayoutVersion\": \"1.0.0\"}\n"), absl::OkStatus());
  const absl::Status two = CheckLayoutFile(R"({"imageLayoutVersion":"2"})");
  EXPECT_EQ(ReasonOf(two), Reason::kUnsupported);
  EXPECT_EQ(two.message(), "oci-layout: version \"2\" is not supported");
  for (const char* text : {"", "{}", "{", "[]", R"({"imageLayoutVersion":1})"}) {
    EXPECT_EQ(ReasonOf(CheckLayoutFile(text)), Reason::kInvalidInput) << text;
  }
}

}  // namespace
}  // namespace waybill::oci::layout
