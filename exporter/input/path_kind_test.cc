// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/path_kind.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::input {
namespace {

class PathKindTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories(std::filesystem::path(root_ + name).parent_path());
    std::ofstream(root_ + name, std::ios::binary) << bytes;
    return root_ + name;
  }
  const std::string root_ =
      ::testing::TempDir() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name() + "/";
};

TEST_F(PathKindTest, Kinds) {
  Write("layout/oci-layout", "{}");
  Write("bundle/result.json", "{}");
  EXPECT_EQ(KindOfPath(root_ + "layout"), PathKind::kLayout);
  EXPECT_EQ(KindOfPath(root_ + "bundle"), PathKind::kResult);
  EXPECT_EQ(KindOfPath(root_), PathKind::kDirectory);
  EXPECT_EQ(KindOfPath(root_ + "none"), PathKind::kMissing);
  EXPECT_EQ(KindOfPath(Write("file", "{}")), PathKind::kFile);
  EXPECT_EQ(KindOfPath(Write("empty", "")), PathKind::kFile);
  EXPECT_EQ(KindOfPath(Write("gz", "\x1f\x8b\x08")), PathKind::kCompressed);
  EXPECT_EQ(KindOfPath(Write("zst", "\x28\xb5\x2f\xfd")), PathKind::kCompressed);
  EXPECT_EQ(KindOfPath(Write("xz", std::string("\xfd"
                                               "7zXZ\0",
                                               6))),
            PathKind::kCompressed);
  EXPECT_EQ(KindOfPath(Write("zip", "PK\x03\x04")), PathKind::kCompressed);
  // By tar(1), not by us.
  ASSERT_EQ(std::system(("tar -C " + root_ + " -cf " + root_ + "x.tar layout").c_str()), 0);
  EXPECT_EQ(KindOfPath(root_ + "x.tar"), PathKind::kTar);
  ASSERT_EQ(mkfifo((root_ + "fifo").c_str(), 0600), 0);
  EXPECT_EQ(KindOfPath(root_ + "fifo"), PathKind::kStream);
  EXPECT_EQ(KindOfPath("/dev/null"), PathKind::kStream);
}

TEST_F(PathKindTest, TheErrorSaysWhatToWrite) {
  EXPECT_EQ(WrongKind("a.tar", PathKind::kTar, "an OCI layout directory"),
            oci::InvalidInputError(
                "a.tar is a tar archive, and an OCI layout directory is wanted: write --from oci-archive:a.tar"));
  EXPECT_EQ(WrongKind("d", PathKind::kLayout, "a tar archive"),
            oci::InvalidInputError("d is an OCI layout directory, and a tar archive is wanted: write --from oci:d"));
  EXPECT_EQ(WrongKind("d", PathKind::kResult, "a tar archive"),
            oci::InvalidInputError("d is a result directory, and a tar archive is wanted: write --result d"));
  EXPECT_EQ(WrongKind("d", PathKind::kFile, "a tar archive"),
            oci::InvalidInputError("d is a file that is no archive, and a tar archive is wanted"));
  EXPECT_EQ(WrongKind("d", PathKind::kMissing, "x"), oci::NotFoundError("d: No such file or directory"));
}

}  // namespace
}  // namespace waybill::exporter::input
