// SPDX-License-Identifier: Apache-2.0
#include "oci/places/image_name.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"

namespace waybill::oci::places {
namespace {

using Kind = ImageName::Kind;

TEST(ImageNameTest, ImagesInRegistries) {
  for (const char* text : {"docker://reg.example:5000/a/b:1", "reg.example:5000/a/b:1"}) {
    const auto name = ParseImageName(text);
    ASSERT_TRUE(name.ok()) << name.status();
    EXPECT_EQ(name->kind, Kind::kRegistry);
    EXPECT_EQ(name->reference->ToString(), "reg.example:5000/a/b:1");
  }
  EXPECT_EQ(ParseImageName("alpine")->reference->ToString(), "docker.io/library/alpine:latest");
  const std::string digest = absl::StrCat("sha256:", std::string(64, 'a'));
  const auto by_digest = ParseImageName(absl::StrCat("localhost/app@", digest));
  EXPECT_EQ(by_digest->reference->digest()->ToString(), digest);
  EXPECT_EQ(by_digest->reference->tag(), "");
}

TEST(ImageNameTest, Files) {
  const std::string root = file::testing::NewTempDir();
  file::testing::WriteFile(root + "/a:b.tar", "");
  const auto plain = ParseImageName(absl::StrCat("oci-archive:", root, "/a:b.tar"));
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->kind, Kind::kArchive);
  EXPECT_EQ(plain->path, root + "/a:b.tar");
  EXPECT_EQ(plain->tag, "");
  const auto tagged = ParseImageName(absl::StrCat("docker-archive:", root, "/a:b.tar:reg.example/app:1"));
  EXPECT_EQ(tagged->kind, Kind::kDockerArchive);
  EXPECT_EQ(tagged->path, root + "/a:b.tar");
  EXPECT_EQ(tagged->tag, "reg.example/app:1");
  const auto directory = ParseImageName(absl::StrCat("oci:", root, ":1"));
  EXPECT_EQ(directory->kind, Kind::kDirectory);
  EXPECT_EQ(directory->path, root);
  EXPECT_EQ(directory->tag, "1");
}

TEST(ImageNameTest, OneImageOrAllOfThem) {
  const std::string root = file::testing::NewTempDir();
  for (const std::string& all : {std::string("reg.example/app"), absl::StrCat("oci:", root)}) {
    EXPECT_FALSE(NamesOneImage(*ParseDestinationName(all))) << all;
    EXPECT_TRUE(NamesOneImage(*ParseDestinationName(absl::StrCat(all, ":1")))) << all;
  }
  EXPECT_TRUE(NamesOneImage(*ParseDestinationName(absl::StrCat("reg.example/app@sha256:", std::string(64, 'a')))));
}

TEST(ImageNameTest, OtherTextsAreRefusedWithTheForms) {
  for (const char* text : {"", "./layout", "docker-daemon:a:b:c", "docker://", "Reg/App:1", "oci:"}) {
    const absl::Status status = ParseImageName(text).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << text;
    EXPECT_EQ(status.message().substr(0, 6), "image ") << text;
  }
  EXPECT_NE(ParseImageName("./x").status().message().find("oci-archive:FILE[:TAG]"), absl::string_view::npos);
}

}  // namespace
}  // namespace waybill::oci::places
