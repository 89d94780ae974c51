// SPDX-License-Identifier: Apache-2.0
#include "oci/file/mapping.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/io/string.h"

namespace waybill::oci::file {
namespace {

using testing::FilesUnder;
using ::testing::IsEmpty;
using testing::NewTempDir;

TEST(MappingTest, HoldsTheBytesWithoutAName) {
  const std::string directory = NewTempDir();
  const std::string bytes = testing::RandomBytes(1'000'003, 1);
  io::StringReader from(bytes);
  const absl::StatusOr<std::unique_ptr<Mapping>> mapping = Mapping::Spool(Context(), from, directory, 1'000'003);
  ASSERT_EQ(mapping.status(), absl::OkStatus());
  EXPECT_TRUE((*mapping)->bytes() == bytes);
  EXPECT_THAT(FilesUnder(directory), IsEmpty());
}

TEST(MappingTest, HoldsNoBytes) {
  io::StringReader from("");
  const absl::StatusOr<std::unique_ptr<Mapping>> mapping = Mapping::Spool(Context(), from, NewTempDir(), 0);
  ASSERT_EQ(mapping.status(), absl::OkStatus());
  EXPECT_EQ((*mapping)->bytes(), "");
}

TEST(MappingTest, RefusesMoreThanTheLimit) {
  io::StringReader from("hello");
  const absl::Status status = Mapping::Spool(Context(), from, NewTempDir(), 4).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_EQ(status.message(), "exceeds 4 bytes");
}

TEST(MappingTest, NamesTheDirectory) {
  const std::string directory = NewTempDir() + "/none";
  io::StringReader from("hello");
  const absl::Status status = Mapping::Spool(Context(), from, directory, 100).status();
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
  EXPECT_EQ(status.message(), absl::StrCat("create a file in ", directory, ": No such file or directory"));
}

}  // namespace
}  // namespace waybill::oci::file
