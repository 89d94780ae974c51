// SPDX-License-Identifier: Apache-2.0
#include "oci/words/nearest_name.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace waybill::oci::words {
namespace {

TEST(NearestNameTest, IsFewEditsAway) {
  const std::vector<std::string> names = {"compression", "name", "oci-artifact", "tar"};
  EXPECT_EQ(NearestName("compresion", names), "compression");
  EXPECT_EQ(NearestName("ocmpression", names), "compression");
  EXPECT_EQ(NearestName("oci-artefact", names), "oci-artifact");
  EXPECT_EQ(NearestName("oci_artefact", names), "oci-artifact");
  EXPECT_EQ(NearestName("nmae", names), "name");
  EXPECT_EQ(NearestName("size", names), "");
  EXPECT_EQ(NearestName("ta", names), "");
  EXPECT_EQ(NearestName("compre", names), "");
}

}  // namespace
}  // namespace waybill::oci::words
