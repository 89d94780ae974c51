// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/behavior/fault_text.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"

namespace waybill::oci::registry::server::behavior {
namespace {

TEST(ParseFaultTest, ReadsEverySetting) {
  const auto fault = ParseFault("status=503@manifest-put,times=2,skip=1,retry-after=7,code=UNAVAILABLE,path=/a/");
  ASSERT_TRUE(fault.ok()) << fault.status();
  EXPECT_EQ(fault->kind, FaultKind::kStatus);
  EXPECT_EQ(fault->status, 503);
  EXPECT_EQ(fault->where, wire::RequestClass::kManifestPut);
  EXPECT_EQ(fault->times, 2);
  EXPECT_EQ(fault->skip, 1);
  EXPECT_EQ(fault->retry_after, "7");
  EXPECT_EQ(fault->code, "UNAVAILABLE");
  EXPECT_EQ(fault->path_contains, "/a/");
}

TEST(ParseFaultTest, ReadsValuesOfKinds) {
  EXPECT_EQ(ParseFault("late-status=502")->kind, FaultKind::kLateStatus);
  EXPECT_EQ(ParseFault("drop")->at, 0);
  EXPECT_EQ(ParseFault("drop,every=10")->every, 10);
  EXPECT_EQ(ParseFault("drop=1000@upload-put")->at, 1000);
  EXPECT_EQ(ParseFault("truncate=5")->at, 5);
  EXPECT_EQ(ParseFault("delay=200ms")->delay, absl::Milliseconds(200));
  EXPECT_EQ(ParseFault("forget-blob")->kind, FaultKind::kForgetBlob);
  EXPECT_EQ(ParseFault("wrong-digest")->where, wire::RequestClass::kAny);
}

TEST(ParseFaultTest, NamesWhatIsWrong) {
  const auto message = [](absl::string_view text) {
    const auto fault = ParseFault(text);
    EXPECT_EQ(fault.status().code(), absl::StatusCode::kInvalidArgument) << text;
    return std::string(fault.status().message());
  };
  EXPECT_EQ(message("explode"),
            "fault: \"explode\" is not one of status, late-status, drop, drop-answer, truncate, stall, delay, "
            "wrong-digest, corrupt, "
            "forget-blob");
  EXPECT_EQ(message("status=99"), "fault: \"99\" is not a status between 200 and 599");
  EXPECT_EQ(message("truncate"), "fault: \"\" is not a number of bytes");
  EXPECT_EQ(message("delay=soon"), "fault: \"soon\" is not a duration such as 200ms");
  EXPECT_EQ(message("drop@somewhere"), "fault: \"somewhere\" is not a class of requests such as manifest-put");
  EXPECT_EQ(message("drop,often=1"),
            "fault: \"often\" is not one of times, skip, every, path, retry-after, code, text");
  EXPECT_EQ(message("drop,times=x"), "fault: \"x\" is not a count");
  EXPECT_EQ(message("drop,every=0"), "fault: \"0\" is not a count of requests");
  EXPECT_EQ(message("corrupt=1"), "fault: \"1\" is not expected after corrupt");
}

}  // namespace
}  // namespace waybill::oci::registry::server::behavior
