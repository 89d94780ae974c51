// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/policy.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"

namespace waybill::exporter::attestations {
namespace {

namespace fs = std::filesystem;
using oci::Reason;
using Kind = oci::places::ImageName::Kind;

// allowed/app is a directory and allowed/app.tar a file; so are outside and outside.tar beside it.
class PolicyTest : public ::testing::Test {
 protected:
  PolicyTest() : root_(oci::file::testing::NewTempDir()), allowed_(root_ + "/allowed") {
    fs::create_directories(allowed_ + "/app/below");
    fs::create_directories(root_ + "/outside");
    Touch(allowed_ + "/app.tar");
    Touch(root_ + "/outside.tar");
    auto policy =
        Policy::Create({.layouts = {allowed_ + "/"}, .registries = {"GHCR.io", "localhost:5000", "docker.io"}});
    EXPECT_TRUE(policy.ok()) << policy.status();
    policy_ = *std::move(policy);
  }

  static void Touch(const std::string& path) { std::ofstream(path) << "bytes"; }
  absl::Status StatusOf(absl::string_view name) const { return policy_.Admit(name).status(); }
  bool IsDenied(absl::string_view name) const { return absl::IsPermissionDenied(StatusOf(name)); }
  bool IsNotFound(absl::string_view name) const { return oci::ReasonOf(StatusOf(name)) == Reason::kNotFound; }

  const std::string root_;
  const std::string allowed_;
  Policy policy_;
};

// What the pinned descriptor stands for.
std::string Behind(const AllowedImage& image) { return fs::read_symlink(image.name.path).string(); }

TEST_F(PolicyTest, NamesBelowAnAllowedDirectory) {
  for (const std::string& path : {absl::StrCat(allowed_, "/app"), std::string("app")}) {
    const absl::StatusOr<AllowedImage> image = policy_.Admit(absl::StrCat("oci:", path, ":v1"));
    ASSERT_TRUE(image.ok()) << image.status();
    EXPECT_EQ(image->name.kind, Kind::kDirectory);
    EXPECT_EQ(image->name.tag, "v1");
    EXPECT_EQ(image->path, path);
    EXPECT_EQ(Behind(*image), fs::canonical(allowed_ + "/app").string());
  }
  const absl::StatusOr<AllowedImage> archive = policy_.Admit("docker-archive:app.tar:localhost:5000/app:1");
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_EQ(archive->name.kind, Kind::kDockerArchive);
  EXPECT_EQ(archive->name.tag, "localhost:5000/app:1");
  EXPECT_EQ(policy_.Admit("oci-archive:app.tar")->name.tag, "");
}

TEST_F(PolicyTest, ThePinOutlivesARename) {
  const absl::StatusOr<AllowedImage> image = policy_.Admit("oci:app");
  ASSERT_TRUE(image.ok()) << image.status();
  fs::rename(allowed_ + "/app", allowed_ + "/moved");
  fs::create_directory_symlink(root_ + "/outside", allowed_ + "/app");
  EXPECT_EQ(Behind(*image), fs::canonical(allowed_ + "/moved").string());
  EXPECT_TRUE(IsNotFound("oci:app"));
}

TEST_F(PolicyTest, NothingOutside) {
  EXPECT_TRUE(IsDenied(absl::StrCat("oci:", root_, "/outside")));
  EXPECT_TRUE(IsDenied(absl::StrCat("oci-archive:", root_, "/outside.tar")));
  EXPECT_TRUE(IsDenied("oci-archive:/etc/passwd"));
  EXPECT_TRUE(IsDenied("oci:/nowhere"));
  // The directory itself has layouts below it and is none.
  EXPECT_TRUE(IsDenied(absl::StrCat("oci:", allowed_)));
  // A name that only begins like it.
  EXPECT_TRUE(IsDenied(absl::StrCat("oci:", allowed_, "-not/app")));
}

TEST_F(PolicyTest, NoWayUp) {
  for (const char* path : {"..", "../outside", "app/../../outside", "app/..", "./app", "app/."}) {
    EXPECT_TRUE(IsDenied(absl::StrCat("oci:", path))) << path;
    EXPECT_TRUE(IsDenied(absl::StrCat("oci:", allowed_, "/", path))) << path;
  }
}

TEST_F(PolicyTest, NoLinks) {
  fs::create_directory_symlink(root_ + "/outside", allowed_ + "/link");
  fs::create_symlink(root_ + "/outside.tar", allowed_ + "/link.tar");
  fs::create_directory_symlink(allowed_ + "/app", allowed_ + "/inner");
  fs::create_directories(root_ + "/outside/app");
  for (const char* name : {"oci:link", "oci:link/app", "oci-archive:link.tar", "oci:inner", "oci:inner/below",
                           "oci-archive:link/outside.tar"}) {
    EXPECT_TRUE(IsNotFound(name)) << name << " " << StatusOf(name);
  }
}

TEST_F(PolicyTest, WhatIsNoArchiveIsNotFound) {
  EXPECT_TRUE(IsNotFound("oci-archive:app"));
  EXPECT_TRUE(IsNotFound("oci:app.tar"));
  EXPECT_TRUE(IsNotFound("oci:other"));
}

TEST_F(PolicyTest, RegistriesByHost) {
  const absl::StatusOr<AllowedImage> image = policy_.Admit("ghcr.io/acme/app");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->name.reference->ToString(), "ghcr.io/acme/app:latest");
  EXPECT_TRUE(policy_.Admit("docker://localhost:5000/a/b:c").ok());
  EXPECT_TRUE(policy_.Admit("alpine").ok());
  for (const char* name : {"quay.io/acme/app", "localhost:5001/app", "localhost/app", "ghcr.io.example.com/app",
                           "docker://169.254.169.254/latest/meta-data", "127.0.0.1:5000/app"}) {
    EXPECT_TRUE(IsDenied(name)) << name << " " << StatusOf(name);
  }
}

TEST_F(PolicyTest, NamesThatCannotBe) {
  for (const std::string& name : {std::string(), std::string("oci:app\0x", 9), std::string("oci:a\npp"),
                                  std::string("oci:"), std::string("ghcr.io/UPPER/app"), std::string(5000, 'a')}) {
    EXPECT_EQ(oci::ReasonOf(StatusOf(name)), Reason::kInvalidInput) << name;
  }
}

TEST(PolicyWithNothingTest, NothingIsAllowed) {
  const absl::StatusOr<Policy> policy = Policy::Create({});
  ASSERT_TRUE(policy.ok());
  for (const char* name : {"oci:app", "oci:/tmp", "oci-archive:/etc/passwd", "alpine", "localhost:5000/app:1"}) {
    EXPECT_TRUE(absl::IsPermissionDenied(policy->Admit(name).status())) << name;
  }
}

TEST(PolicyWithNothingTest, FlagsThatCannotBe) {
  for (const char* host : {"", "https://ghcr.io", "ghcr.io/acme", "acme", "*"}) {
    EXPECT_EQ(oci::ReasonOf(Policy::Create({.registries = {host}}).status()), Reason::kInvalidInput) << host;
  }
  EXPECT_EQ(oci::ReasonOf(Policy::Create({.layouts = {"layouts"}}).status()), Reason::kInvalidInput);
  EXPECT_EQ(oci::ReasonOf(Policy::Create({.layouts = {"/nowhere"}}).status()), Reason::kNotFound);
}

}  // namespace
}  // namespace waybill::exporter::attestations
