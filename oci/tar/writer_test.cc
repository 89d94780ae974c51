// SPDX-License-Identifier: Apache-2.0
// Whole archives are compared with recorded ones in oci/layout.
#include "oci/tar/writer.h"

#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/string.h"

namespace waybill::oci::tar {
namespace {

TEST(WriterTest, PadsEntriesAndEndsWithTwoBlocks) {
  std::string archive;
  io::StringWriter out(archive);
  Writer writer(out);
  ASSERT_EQ(writer.Begin({.name = "d/", .type = kDirectory, .mode = 0755}), absl::OkStatus());
  ASSERT_EQ(writer.Begin({.name = "d/f", .mode = 0444, .size = 5}), absl::OkStatus());
  ASSERT_EQ(writer.Write("hel"), absl::OkStatus());
  ASSERT_EQ(writer.Write("lo"), absl::OkStatus());
  ASSERT_EQ(writer.Close(), absl::OkStatus());
  // GNU tar: mkdir d; printf hello >d/f; chmod 755 d; chmod 444 d/f;
  // tar cf - --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner -b1 d | sha256sum
  EXPECT_EQ(archive.size(), 2560u);
  EXPECT_EQ(archive.substr(1024, 5), "hello");
  EXPECT_EQ(Digest::Of(archive).ToString(), "sha256:6243fa1c896a0959c6a530e71aca1deaa62f2827c14d221c7f6cc7e6964f66ec");
}

TEST(WriterTest, RefusesMoreOrLessThanAnnounced) {
  std::string archive;
  io::StringWriter out(archive);
  Writer writer(out);
  ASSERT_EQ(writer.Begin({.name = "f", .size = 5}), absl::OkStatus());
  const absl::Status more = writer.Write("hello!");
  EXPECT_EQ(ReasonOf(more), Reason::kInternal);
  EXPECT_EQ(more.message(), "tar entry has too many bytes");
  ASSERT_EQ(writer.Write("hell"), absl::OkStatus());
  const absl::Status less = writer.Close();
  EXPECT_EQ(ReasonOf(less), Reason::kInternal);
  EXPECT_EQ(less.message(), "tar entry lacks 1 bytes");
  EXPECT_EQ(writer.Begin({.name = "g"}).message(), "tar entry lacks 1 bytes");
}

}  // namespace
}  // namespace waybill::oci::tar
