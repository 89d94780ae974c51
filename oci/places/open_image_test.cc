// SPDX-License-Identifier: Apache-2.0
#include "oci/places/open_image.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/image/manifest.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::places {
namespace {

using registry::server::wire::RequestClass;
using registry::testing::MakeSampleImage;
using registry::testing::SampleImage;

absl::StatusOr<registry::Client*> NoClient() { return MakeError(Reason::kInternal, "asked"); }

class OpenImageTest : public registry::testing::RegistryFixture {};

TEST_F(OpenImageTest, ARegistryIsAskedAsLittleAsPossible) {
  Start({});
  const SampleImage sample = MakeSampleImage({.attested = true});
  ASSERT_TRUE(PushSample(sample, {"1"}).ok());
  registry().log().Clear();
  const auto name = ParseImageName(absl::StrCat(registry().host(), "/app:1"));
  ASSERT_TRUE(name.ok()) << name.status();
  const auto opened = OpenImage(context(), *name, [&] { return &client(); });
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto root = (*opened)->names().Resolve(context(), (*opened)->name());
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(root->digest, sample.root.digest);
  ASSERT_TRUE(content::VerifiedBytes(context(), (*opened)->content(), *root, image::kMaxManifestBytes).ok());
  EXPECT_EQ(registry().log().Count(RequestClass::kManifestGet), 1)
      << "the manifest that was resolved is not asked for again";
  const auto listed = (*opened)->referrers().ListReferrers(context(), sample.images[0].digest, 10);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->referrers.size(), 1u);
}

TEST_F(OpenImageTest, FilesNeedNoClient) {
  const auto name = ParseImageName(absl::StrCat("oci:", file::testing::NewTempDir()));
  ASSERT_TRUE(name.ok()) << name.status();
  const absl::Status status = OpenImage(Context(), *name, NoClient).status();
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound) << status;
  EXPECT_NE(status.message().find(name->text), absl::string_view::npos);
}

TEST_F(OpenImageTest, DockerArchivesWithoutAnIndexAreNamed) {
  const std::string path = file::testing::NewTempDir() + "/image.tar";
  // The end of an archive: two empty blocks.
  file::testing::WriteFile(path, std::string(1024, '\0'));
  const auto docker = ParseImageName(absl::StrCat("docker-archive:", path));
  EXPECT_EQ(ReasonOf(OpenImage(Context(), *docker, NoClient).status()), Reason::kUnsupported);
  const auto oci = ParseImageName(absl::StrCat("oci-archive:", path));
  EXPECT_EQ(ReasonOf(OpenImage(Context(), *oci, NoClient).status()), Reason::kNotFound);
}

}  // namespace
}  // namespace waybill::oci::places
