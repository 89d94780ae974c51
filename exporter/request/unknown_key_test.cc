// SPDX-License-Identifier: Apache-2.0
// Keys as users wrote them; the right forms are those of BuildKit's documentation (docs/exporters, docs/annotations).
#include "exporter/request/unknown_key.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace waybill::exporter::request {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(AnnotationMeantByTest, NearMissesAndBuildxForms) {
  struct Row {
    const char* written;
    const char* meant;
  };
  const Row kRows[] = {
      {"annotations.foo", "annotation.foo"},
      {"anotation.foo", "annotation.foo"},
      {"annotaiton.foo", "annotation.foo"},
      {"annotation:foo", "annotation.foo"},
      {"Annotation.foo", "annotation.foo"},
      {"anno.foo", "annotation.foo"},
      {"annotation", "annotation.KEY"},
      {"annotation. foo", "annotation.foo"},
      {"annotation foo", "annotation.foo"},
      {"annotation[linux/amd64]foo", "annotation[linux/amd64].foo"},
      {"annotation[linux/amd64]:foo", "annotation[linux/amd64].foo"},
      {"annotations-index.foo", "annotation-index.foo"},
      {"annotation_index.foo", "annotation-index.foo"},
      {"annotation-idnex.foo", "annotation-index.foo"},
      {"annotation-INDEX.foo", "annotation-index.foo"},
      {"annotation-manifest-descriptor:org.example.k", "annotation-manifest-descriptor.org.example.k"},
      {"index:foo", "annotation-index.foo"},
      {"manifest:foo", "annotation-manifest.foo"},
      {"index-descriptor:foo", "annotation-index-descriptor.foo"},
      {"manifest[linux/arm64]:foo", "annotation-manifest[linux/arm64].foo"},
      {"manifest[windows(10.0.17763.1)/amd64]:foo", "annotation-manifest[windows(10.0.17763.1)/amd64].foo"},
      // Annotations themselves, and what is far from them.
      {"annotation.foo", ""},
      {"annotation-index[linux/amd64].foo", ""},
      {"index.foo", ""},
      {"my.annotation.x", ""},
      {"compression", ""},
      {"annotation[linux/amd64", ""},
      {"annotation-frob.foo", ""},
      {"", ""},
  };
  for (const Row& row : kRows) EXPECT_EQ(AnnotationMeantBy(row.written), row.meant) << row.written;
}

TEST(DescribeUnknownKeyTest, SaysWhatWasMeant) {
  struct Row {
    const char* key;
    ExporterType type;
    const char* line;
  };
  const Row kRows[] = {
      {"dset", ExporterType::kOci, "dset is no key of type=oci, and nothing reads it; did you mean dest?"},
      {"oci-artefact", ExporterType::kImage,
       "oci-artefact is no key of type=image, and nothing reads it; did you mean oci-artifact?"},
      {"insecure", ExporterType::kImage,
       "insecure is no key of type=image, and nothing reads it; did you mean registry.insecure?"},
      {"mediatypes", ExporterType::kOci,
       "mediatypes is no key of type=oci, and nothing reads it; did you mean oci-mediatypes?"},
      {"index:foo", ExporterType::kOci,
       "index:foo is no key of type=oci, and nothing reads it; did you mean annotation-index.foo?"},
      {"foo", ExporterType::kOci, "foo is no key of type=oci, and nothing reads it"},
      {"push", ExporterType::kOci, "push is no key of type=oci, but of type=image; nothing reads it here"},
      {"name", ExporterType::kLocal, "name is no key of type=local, but of type=image; nothing reads it here"},
      {"annotation.k", ExporterType::kTar, "annotation.k is no key of type=tar, but of images; nothing reads it here"},
      {"a\x1b[31m", ExporterType::kOci, "a\\x1b[31m is no key of type=oci, and nothing reads it"},
  };
  for (const Row& row : kRows) EXPECT_EQ(DescribeUnknownKey(row.key, row.type), row.line);
}

TEST(UnknownKeysTest, AreThoseThatNoPartOfAnExportReads) {
  const auto unknown = [](const std::string& type, const Attributes& attributes) {
    const auto options = ExportOptions::FromRequest({.type = type, .attributes = attributes});
    return options.ok() ? options->unknown : std::vector<std::string>{options.status().ToString()};
  };
  EXPECT_THAT(unknown("oci", {{"dset", "x"}, {"foo", "bar"}, {"name", "a"}, {"annotation.k", "v"}}),
              ElementsAre("dset", "foo"));
  EXPECT_THAT(unknown("image", {{"tar", "false"}, {"push", "false"}}), ElementsAre("tar"));
  EXPECT_THAT(unknown("local", {{"mode", "copy"}, {"annotation.k", "v"}, {"metadata.k", "v"}}),
              ElementsAre("annotation.k", "metadata.k"));
  // Metadata that exports read, and metadata that is named as such.
  EXPECT_THAT(unknown("oci", {{"containerimage.config", "{}"},
                              {"containerimage.config/linux/amd64", "{}"},
                              {"containerimage.base.config", "{}"},
                              {"refs.platforms", "{}"},
                              {"source.date.epoch", "0"},
                              {"image.name", "a"},
                              {"metadata.foo", "bar"}}),
              IsEmpty());
}

TEST(UnknownKeysTest, MetadataMayBeNamedAsSuch) {
  const auto options = ExportOptions::FromRequest(
      {.type = "oci", .attributes = {{"metadata.push", "true"}, {"metadata.x", "1"}, {"x", "2"}}});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->metadata, (std::map<std::string, std::string>{{"push", "true"}, {"x", "1"}}));
  EXPECT_FALSE(options->push);
}

}  // namespace
}  // namespace waybill::exporter::request
