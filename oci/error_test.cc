// SPDX-License-Identifier: Apache-2.0
#include "oci/error.h"

#include <cerrno>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"
#include "oci/words/secrets.h"

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

TEST(ErrorTest, TheInfoIsReadBack) {
  const absl::Status status = MakeError(Reason::kRefused, "denied", {{"status", "403"}, {"key", ""}});
  const std::optional<ErrorInfo> info = ErrorInfoOf(status);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason, "REFUSED");
  EXPECT_EQ(info->metadata, (ErrorMetadata{{"key", ""}, {"status", "403"}}));
  EXPECT_EQ(MetadataOf(status), info->metadata);
}

TEST(ErrorTest, NulBytesDoNotShiftTheParts) {
  const absl::Status status =
      MakeError(Reason::kAuth, "x", {{std::string("a\0b", 3), std::string("\0", 1)}, {"k", "v"}});
  EXPECT_EQ(ReasonOf(status), Reason::kAuth);
  EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"a?b", "?"}, {"k", "v"}}));
}

TEST(ErrorTest, AnotherInfoReplacesTheFirst) {
  absl::Status status = MakeError(Reason::kAuth, "x", {{"k", "v"}});
  SetErrorInfo({.reason = "STORAGE"}, status);
  EXPECT_EQ(ReasonOf(status), Reason::kStorage);
  EXPECT_TRUE(MetadataOf(status).empty());
  SetErrorInfo({.reason = "UNHEARD_OF"}, status);
  EXPECT_EQ(ReasonOf(status), Reason::kAuth);  // the code's
  absl::Status fine;
  SetErrorInfo({.reason = "AUTH"}, fine);
  EXPECT_FALSE(ErrorInfoOf(fine).has_value());
}

TEST(ErrorTest, EveryErrorIsBoundedEscapedAndWithoutSecrets) {
  words::HeldSecrets secrets;
  secrets.Add("correct-horse");
  const absl::Status made = MakeError(Reason::kRefused, "said \x1b[2J correct-horse", {{"code", "correct-horse"}});
  EXPECT_EQ(made.message(), "said \\x1b[2J ...");
  EXPECT_EQ(MetadataOf(made).at("code"), "...");
  EXPECT_EQ(MakeError(Reason::kRefused, std::string(20 << 20, 'x')).message().size(), words::kMaxMessageBytes);
  const absl::Status of_others = absl::UnknownError("correct-horse \xe2\x80\xae" + std::string(1 << 20, 'x'));
  const absl::Status annotated = Annotate(of_others, "push");
  EXPECT_EQ(annotated.message().substr(0, 20), "push: ... \\u202exxxx");
  EXPECT_EQ(annotated.message().size(), words::kMaxMessageBytes);
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
