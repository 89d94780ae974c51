// SPDX-License-Identifier: Apache-2.0
#include "oci/image/referrers_tag.h"

#include "gtest/gtest.h"

namespace waybill::oci::image {
namespace {

TEST(ReferrersTagTest, Names) {
  EXPECT_EQ(ReferrersTag(Digest::Of("")), "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  // sha512 of the empty string, cut to 64 characters.
  const auto sha512 = Digest::Parse(
      "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd4"
      "7417a81a538327af927da3e");
  ASSERT_TRUE(sha512.ok());
  EXPECT_EQ(ReferrersTag(*sha512), "sha512-cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce");
}

}  // namespace
}  // namespace waybill::oci::image
