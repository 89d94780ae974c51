// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/spool.h"

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/io/string.h"

namespace waybill::exporter::bridge::builds {
namespace {

using oci::content::BlobWriter;

class SpoolTest : public ::testing::Test {
 protected:
  SpoolTest() : space_(absl::StrCat(::testing::TempDir(), "/spool"), 10) {}

  SpoolSpace space_;
};

TEST_F(SpoolTest, ABlobOfUnknownSizeTakesSpaceAsItIsWritten) {
  {
    Spool spool(space_);
    {
      const absl::StatusOr<std::unique_ptr<BlobWriter>> writer = spool.NewWriter(oci::Context());
      ASSERT_TRUE(writer.ok()) << writer.status();
      EXPECT_EQ(space_.taken(), 0);
      EXPECT_TRUE((*writer)->Write("1234").ok());
      EXPECT_EQ(space_.taken(), 4);
      EXPECT_EQ(oci::ReasonOf((*writer)->Write("5678901")), oci::Reason::kStorage);
      EXPECT_EQ(space_.taken(), 4);
    }
    EXPECT_EQ(space_.taken(), 0) << "it was not committed";
    const absl::StatusOr<std::unique_ptr<BlobWriter>> writer = spool.NewWriter(oci::Context());
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Write("blob").ok());
    const absl::StatusOr<oci::Descriptor> blob = (*writer)->Commit(oci::Context(), "type", {});
    ASSERT_TRUE(blob.ok()) << blob.status();
    EXPECT_EQ(blob->digest, oci::Digest::Of("blob"));
    EXPECT_EQ(*spool.Exists(oci::Context(), *blob), true);
    EXPECT_EQ(oci::content::VerifiedBytes(oci::Context(), spool, *blob, 10).value_or(""), "blob");
    EXPECT_EQ(space_.taken(), 4);
  }
  EXPECT_EQ(space_.taken(), 0) << "it goes with its build";
}

TEST_F(SpoolTest, ABlobThatIsPushedMustBeTheOneAnnounced) {
  Spool spool(space_);
  const oci::Descriptor blob{.media_type = "type", .digest = oci::Digest::Of("blob"), .size = 4};
  EXPECT_EQ(*spool.Exists(oci::Context(), blob), false);
  EXPECT_EQ(oci::ReasonOf(spool.Push(oci::Context(),
                                     {.descriptor = blob, .source = std::make_unique<oci::io::StringSource>("bl0b")})),
            oci::Reason::kVerification);
  EXPECT_EQ(space_.taken(), 0);
  EXPECT_TRUE(
      spool.Push(oci::Context(), {.descriptor = blob, .source = std::make_unique<oci::io::StringSource>("blob")}).ok());
  EXPECT_EQ(*spool.Exists(oci::Context(), blob), true);
  EXPECT_EQ(oci::ReasonOf(spool.Push(oci::Context(), {.descriptor = {.digest = oci::Digest::Of("large"), .size = 7},
                                                      .source = std::make_unique<oci::io::StringSource>("1234567")})),
            oci::Reason::kStorage);
}

}  // namespace
}  // namespace waybill::exporter::bridge::builds
