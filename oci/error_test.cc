// SPDX-License-Identifier: Apache-2.0
#include "oci/error.h"

#include <cerrno>

#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "oci/status_macros.h"

namespace waybill::oci {
namespace {

TEST(ErrorTest, CodeFollowsFromReason) {
  const struct {
    Reason reason;
    absl::StatusCode code;
    absl::string_view name;
  } kRows[] = {
      {Reason::kInvalidInput, absl::StatusCode::kInvalidArgument, "INVALID_INPUT"},
      {Reason::kUnsupported, absl::StatusCode::kUnimplemented, "UNSUPPORTED"},
      {Reason::kVerification, absl::StatusCode::kFailedPrecondition, "VERIFICATION"},
      {Reason::kNotFound, absl::StatusCode::kNotFound, "NOT_FOUND"},
      {Reason::kConflict, absl::StatusCode::kAlreadyExists, "CONFLICT"},
      {Reason::kAuth, absl::StatusCode::kUnauthenticated, "AUTH"},
      {Reason::kRefused, absl::StatusCode::kFailedPrecondition, "REFUSED"},
      {Reason::kNetwork, absl::StatusCode::kUnavailable, "NETWORK"},
      {Reason::kStorage, absl::StatusCode::kResourceExhausted, "STORAGE"},
      {Reason::kInterrupted, absl::StatusCode::kCancelled, "INTERRUPTED"},
      {Reason::kTimeout, absl::StatusCode::kDeadlineExceeded, "TIMEOUT"},
      {Reason::kInternal, absl::StatusCode::kInternal, "INTERNAL"},
  };
  for (const auto& row : kRows) {
    const absl::Status status = MakeError(row.reason, "went wrong");
    EXPECT_EQ(status.code(), row.code) << row.name;
    EXPECT_EQ(status.message(), "went wrong");
    EXPECT_EQ(ReasonOf(status), row.reason) << row.name;
    EXPECT_EQ(ReasonName(row.reason), row.name);
  }
}

TEST(ErrorTest, PayloadIsAnErrorInfo) {
  // echo 'reason: "REFUSED" domain: "waybill" metadata { key: "status" value: "403" }' |
  //   protoc --encode=google.rpc.ErrorInfo google/rpc/error_details.proto | xxd -p
  constexpr absl::string_view kEncoded = "0a0752454655534544120777617962696c6c1a0d0a067374617475731203343033";
  const absl::Status status = MakeError(Reason::kRefused, "denied", {{"status", "403"}});
  const absl::optional<absl::Cord> payload = status.GetPayload(kErrorInfoType);
  ASSERT_TRUE(payload.has_value());
  EXPECT_EQ(absl::BytesToHexString(std::string(*payload)), kEncoded);
  EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"status", "403"}}));
}

TEST(ErrorTest, AnnotateAddsOneFactAndKeepsTheRest) {
  const absl::Status inner = MakeError(Reason::kAuth, "no credentials", {{"host", "reg.example.com"}});
  const absl::Status outer = Annotate(Annotate(inner, "layer 2/5"), "pushing to host/app");
  EXPECT_EQ(outer.message(), "pushing to host/app: layer 2/5: no credentials");
  EXPECT_EQ(outer.code(), inner.code());
  EXPECT_EQ(ReasonOf(outer), Reason::kAuth);
  EXPECT_EQ(MetadataOf(outer), MetadataOf(inner));
  EXPECT_TRUE(Annotate(absl::OkStatus(), "nothing").ok());
}

TEST(ErrorTest, StatusesMadeElsewhereHaveAReason) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(ReasonOf(absl::NotFoundError("x")), Reason::kNotFound);
  EXPECT_EQ(ReasonOf(absl::FailedPreconditionError("x")), Reason::kVerification);
  EXPECT_EQ(ReasonOf(absl::DataLossError("x")), Reason::kInternal);
  EXPECT_TRUE(MetadataOf(absl::NotFoundError("x")).empty());
}

TEST(ErrorTest, MetadataComesInAnyOrder) {
  // protoc --decode=google.rpc.ErrorInfo takes both: value before key, and a key that has no value.
  absl::Status status = absl::NotFoundError("x");
  status.SetPayload(kErrorInfoType, absl::Cord(absl::HexStringToBytes("1a0d12033430330a06737461747573"
                                                                      "1a050a036b6579")));
  EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"key", ""}, {"status", "403"}}));
}

TEST(ErrorTest, BrokenPayloadsAreHarmless) {
  for (absl::string_view payload : {"", "\x0a", "\x0a\xff", "\x0a\x7fREFUSED", "\x1a\x02\x0a\x09", "\x08\x01"}) {
    absl::Status status = absl::NotFoundError("x");
    status.SetPayload(kErrorInfoType, absl::Cord(payload));
    EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
  }
}

TEST(ErrorTest, SystemCallsNameWhatWasAttempted) {
  EXPECT_EQ(ErrnoError(ENOENT, "open /a/b").message(), "open /a/b: No such file or directory");
  EXPECT_EQ(ReasonOf(ErrnoError(ENOENT, "open /a/b")), Reason::kNotFound);
  EXPECT_EQ(ReasonOf(ErrnoError(ENOSPC, "write /a/b")), Reason::kStorage);
}

absl::StatusOr<int> Doubled(absl::StatusOr<int> input) {
  ABSL_ASSIGN_OR_RETURN(const int value, std::move(input));
  return 2 * value;
}

absl::Status Checked(const absl::Status& status, bool& passed) {
  ABSL_RETURN_IF_ERROR(status);
  passed = true;
  return absl::OkStatus();
}

TEST(StatusMacrosTest, ReturnTheErrorOrGoOn) {
  EXPECT_EQ(Doubled(21).value(), 42);
  EXPECT_EQ(ReasonOf(Doubled(NotFoundError("x")).status()), Reason::kNotFound);
  bool passed = false;
  EXPECT_EQ(Checked(StorageError("full"), passed).message(), "full");
  EXPECT_FALSE(passed);
  EXPECT_TRUE(Checked(absl::OkStatus(), passed).ok());
  EXPECT_TRUE(passed);
}

}  // namespace
}  // namespace waybill::oci
