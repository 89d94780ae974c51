// SPDX-License-Identifier: Apache-2.0
#include "oci/http/status_mapping.h"

#include <map>

#include "gtest/gtest.h"

namespace waybill::oci::http {
namespace {

TEST(StatusMappingTest, Walks300To599) {
  const std::map<int, Reason> kListed = {
      {401, Reason::kAuth},     {403, Reason::kAuth},        {404, Reason::kNotFound}, {405, Reason::kUnsupported},
      {407, Reason::kAuth},     {408, Reason::kTimeout},     {409, Reason::kConflict}, {410, Reason::kNotFound},
      {412, Reason::kConflict}, {421, Reason::kNetwork},     {425, Reason::kNetwork},  {429, Reason::kNetwork},
      {499, Reason::kNetwork},  {501, Reason::kUnsupported}, {504, Reason::kTimeout},  {505, Reason::kUnsupported},
  };
  for (int status = 300; status < 600; ++status) {
    const auto listed = kListed.find(status);
    const Reason expected = listed != kListed.end() ? listed->second
                            : status >= 500         ? Reason::kNetwork
                                                    : Reason::kRefused;
    EXPECT_EQ(ReasonForStatus(status), expected) << status;
  }
}

TEST(StatusMappingTest, Names) {
  EXPECT_EQ(StatusName(413), "Content Too Large");
  EXPECT_EQ(StatusName(522), "");
}

}  // namespace
}  // namespace waybill::oci::http
