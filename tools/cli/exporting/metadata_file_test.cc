// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exporting/metadata_file.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"

namespace waybill::cli::exporting {
namespace {

using oci::Context;
using oci::file::testing::FilesUnder;
using oci::file::testing::NewTempDir;
using oci::file::testing::ReadFile;
using oci::file::testing::WriteFile;
using ::testing::IsEmpty;
using DestinationKind = OutputFlag::DestinationKind;

absl::Status OpenBeside(const std::string& path, DestinationKind destination, const std::string& output) {
  return MetadataFile::Open(path, {{.flag = {.request = {.type = "oci"}, .destination = destination, .path = output}}})
      .status();
}

TEST(MetadataFileTest, StaysAsItIsUntilItIsWritten) {
  const std::string directory = NewTempDir();
  const std::string path = directory + "/metadata.json";
  { ASSERT_TRUE(MetadataFile::Open(path, {}).ok()); }
  EXPECT_THAT(FilesUnder(directory), IsEmpty());
  WriteFile(path, "old");
  const auto file = MetadataFile::Open(path, {});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_EQ((*file)->Write(Context(), "new"), absl::OkStatus());
  EXPECT_EQ(ReadFile(path), "new");
}

TEST(MetadataFileTest, NoneIsWanted) {
  const auto file = MetadataFile::Open("", {});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->Write(Context(), "x"), absl::OkStatus());
}

TEST(MetadataFileTest, IsKnownToBeWritable) {
  const std::string directory = NewTempDir();
  EXPECT_EQ(oci::ReasonOf(MetadataFile::Open(directory + "/none/m.json", {}).status()), oci::Reason::kNotFound);
  EXPECT_EQ(oci::ReasonOf(MetadataFile::Open(directory, {}).status()), oci::Reason::kInvalidInput);
}

TEST(MetadataFileTest, IsNotWhereAnOutputGoes) {
  const std::string path = NewTempDir() + "/x";
  const absl::Status same = oci::InvalidInputError("an output goes to the same place");
  EXPECT_EQ(OpenBeside(path, DestinationKind::kFile, path), same);
  EXPECT_EQ(OpenBeside("-", DestinationKind::kStdout, "-"), same);
  EXPECT_EQ(OpenBeside("/dev/stdout", DestinationKind::kStdout, "-"), same);
  EXPECT_EQ(OpenBeside("-", DestinationKind::kFile, path), absl::OkStatus());
  EXPECT_EQ(OpenBeside(path, DestinationKind::kStdout, "-"), absl::OkStatus());
  EXPECT_EQ(OpenBeside("/dev/null", DestinationKind::kStream, "/dev/null"), absl::OkStatus());
}

}  // namespace
}  // namespace waybill::cli::exporting
