// SPDX-License-Identifier: Apache-2.0
// Images in layouts, by their names and digests.
#include "exporter/input/image/file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "exporter/request/metadata.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"

namespace waybill::exporter::input::image {
namespace {

using ::testing::HasSubstr;

class ImageFileTest : public ::testing::Test {
 protected:
  ImageFileTest()
      : root_(
            absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(root_ + "/blobs/sha256");
    std::ofstream(root_ + "/oci-layout") << R"({"imageLayoutVersion":"1.0.0"})";
  }

  oci::Descriptor Add(absl::string_view media_type, const std::string& bytes) {
    oci::Descriptor blob{.media_type = std::string(media_type),
                         .digest = oci::Digest::Of(bytes),
                         .size = static_cast<int64_t>(bytes.size())};
    std::ofstream(absl::StrCat(root_, "/blobs/sha256/", blob.digest.hex())) << bytes;
    return blob;
  }
  oci::Descriptor Image(const std::string& architecture) {
    const std::string config = absl::StrCat(R"({"architecture":")", architecture, R"(","os":"linux","rootfs":{}})");
    return Add(oci::image::kOciManifest,
               oci::image::ToIndentedJson(oci::image::Manifest{.media_type = std::string(oci::image::kOciManifest),
                                                               .config = Add(oci::image::kOciConfig, config)}));
  }
  oci::Descriptor Index(std::vector<oci::Descriptor> manifests) {
    return Add(oci::image::kOciIndex,
               oci::image::ToIndentedJson(oci::image::Index{.media_type = std::string(oci::image::kOciIndex),
                                                            .manifests = std::move(manifests)}));
  }
  static oci::Descriptor Named(oci::Descriptor entry, const std::string& name) {
    entry.annotations = {{"io.containerd.image.name", name}};
    return entry;
  }
  absl::StatusOr<OpenedResult> Open(std::vector<oci::Descriptor> entries, const std::string& reference = "") {
    std::ofstream(root_ + "/index.json") << oci::image::ToIndentedJson(
        oci::image::Index{.media_type = std::string(oci::image::kOciIndex), .manifests = std::move(entries)});
    return OpenImage(oci::Context(), absl::StrCat("oci:", root_, reference.empty() ? "" : ":", reference),
                     ::testing::TempDir());
  }
  static std::string NameOf(const OpenedResult& opened) {
    return opened.result.metadata.at(std::string(request::kImageNameKey));
  }

  const std::string root_;
};

TEST_F(ImageFileTest, OneImageUnderSeveralNamesIsOneImage) {
  const oci::Descriptor image = Image("amd64");
  const std::vector<oci::Descriptor> entries = {Named(image, "a.io/x:1"), Named(image, "a.io/y:2")};
  const auto all = Open(entries);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(NameOf(*all), "a.io/x:1,a.io/y:2");
  const auto one = Open(entries, "a.io/y:2");
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(NameOf(*one), "a.io/y:2");
}

TEST_F(ImageFileTest, SeveralImagesAreNamed) {
  const absl::Status status = Open({Named(Image("amd64"), "a.io/x:1"), Named(Image("arm64"), "a.io/y:2")}).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the layout has 2 images; name one: a.io/x:1, a.io/y:2"));
}

TEST_F(ImageFileTest, ADigestInsideAnIndex) {
  const oci::Descriptor amd64 = Image("amd64");
  const oci::Descriptor arm64 = Image("arm64");
  const oci::Descriptor inner = Index({arm64});
  const std::vector<oci::Descriptor> entries = {Named(Index({amd64, inner}), "a.io/x:1")};
  for (const oci::Descriptor& chosen : {arm64, inner}) {
    const auto image = Open(entries, chosen.digest.ToString());
    ASSERT_TRUE(image.ok()) << image.status();
    ASSERT_EQ(image->result.refs.size(), 1u);
    EXPECT_EQ(image->result.refs.begin()->first, "linux/arm64");
  }
  const std::string unknown = oci::Digest::Of("nowhere").ToString();
  const absl::Status status = Open(entries, unknown).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("the layout has no image \"", unknown, "\"")));
}

// As oras-go writes a referrer into a layout: an entry without annotations, whose manifest has the subject.
TEST_F(ImageFileTest, AReferrerWhoseManifestAloneNamesTheImage) {
  const oci::Descriptor image = Image("amd64");
  const std::string statement =
      R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"urn:x","subject":[],"predicate":{}})";
  const oci::Descriptor referrer = Add(
      oci::image::kOciManifest,
      oci::image::ToIndentedJson(oci::image::Manifest{.media_type = std::string(oci::image::kOciManifest),
                                                      .artifact_type = std::string(oci::image::kAttestationManifest),
                                                      .config = Add(oci::image::kOciEmpty, "{}"),
                                                      .layers = {Add(oci::image::kInToto, statement)},
                                                      .subject = image}));
  const auto opened = Open({Named(image, "a.io/x:1"), referrer}, "a.io/x:1");
  ASSERT_TRUE(opened.ok()) << opened.status();
  ASSERT_EQ(opened->result.attestations.count("linux/amd64"), 1u);
  EXPECT_EQ(opened->result.attestations.at("linux/amd64").at(0).predicate_type, "urn:x");
}

TEST_F(ImageFileTest, AnotherKindIsCalledByItsName) {
  std::filesystem::create_directories(root_ + "/bundle");
  std::ofstream(root_ + "/bundle/result.json") << "{}";
  std::ofstream(root_ + "/text") << "hello";
  ASSERT_TRUE(Open({Named(Image("amd64"), "a.io/x:1")}).ok());
  // By tar(1) and gzip(1), not by us.
  ASSERT_EQ(std::system(("cd " + root_ +
                         " && tar -cf x.tar oci-layout index.json blobs && gzip -k x.tar && tar -cf "
                         "old.tar text")
                            .c_str()),
            0);
  const auto message = [](const std::string& text) {
    return std::string(OpenImage(oci::Context(), text, ::testing::TempDir()).status().message());
  };
  EXPECT_EQ(OpenImage(oci::Context(), "oci-archive:" + root_ + "/x.tar", ::testing::TempDir()).status(),
            absl::OkStatus());
  EXPECT_THAT(message("oci-archive:" + root_),
              HasSubstr("is an OCI layout directory, and a tar archive is wanted: write "
                        "--from oci:" +
                        root_));
  EXPECT_THAT(message("oci:" + root_ + "/x.tar"), HasSubstr("is a tar archive, and an OCI layout directory is wanted: "
                                                            "write --from oci-archive:" +
                                                            root_ + "/x.tar"));
  EXPECT_THAT(message("oci-archive:" + root_ + "/x.tar.gz"), HasSubstr("is a compressed file"));
  EXPECT_THAT(message("oci:" + root_ + "/bundle"), HasSubstr("write --result " + root_ + "/bundle"));
  EXPECT_THAT(message("oci-archive:" + root_ + "/text"), HasSubstr("is a file that is no archive"));
  EXPECT_THAT(message("oci-archive:" + root_ + "/old.tar"), HasSubstr("skopeo copy docker-archive:"));
  EXPECT_THAT(message("oci:" + root_ + "/none"), HasSubstr("/none: No such file or directory"));
  EXPECT_THAT(message("oci-archive:/dev/null"), HasSubstr("is a pipe or device"));
  EXPECT_THAT(message(root_ + "/x.tar"), HasSubstr("; write --from oci-archive:" + root_ + "/x.tar"));
  EXPECT_THAT(message(root_), HasSubstr("; write --from oci:" + root_));
  EXPECT_THAT(message("localhost:5000/app:1"), HasSubstr("; did you mean docker://localhost:5000/app:1?"));
  EXPECT_THAT(message("docker:h.io/app"), HasSubstr("; did you mean docker://h.io/app?"));
  EXPECT_THAT(message("docker-archive:x.tar"), HasSubstr("skopeo copy docker-archive:x.tar oci-archive:FILE"));
}

}  // namespace
}  // namespace waybill::exporter::input::image
