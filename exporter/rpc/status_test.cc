// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/status.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "proto/google/rpc/error_details.pb.h"
#include "proto/google/rpc/status.pb.h"

namespace waybill::exporter::rpc {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(StatusTest, DetailsAreAnErrorInfoThatAnyClientReads) {
  const grpc::Status wire = ToGrpc(
      oci::MakeError(oci::Reason::kVerification, "blob sha256:00 has 3 bytes", {{"digest", "sha256:00"}, {"k", ""}}));
  EXPECT_EQ(wire.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(wire.error_message(), "blob sha256:00 has 3 bytes");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(wire.error_details()));
  EXPECT_EQ(details.code(), 9);
  EXPECT_EQ(details.message(), "blob sha256:00 has 3 bytes");
  ASSERT_EQ(details.details_size(), 1);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "VERIFICATION");
  EXPECT_EQ(info.domain(), "waybill");
  EXPECT_THAT(info.metadata(), UnorderedElementsAre(Pair("digest", "sha256:00"), Pair("k", "")));
}

TEST(StatusTest, AnErrorInfoFromAnotherWriterIsRead) {
  google::rpc::ErrorInfo info;
  info.set_reason("STORAGE");
  info.set_domain("waybill");
  (*info.mutable_metadata())["path"] = "/disk";
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  const absl::Status status =
      FromGrpc(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full", details.SerializeAsString()));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "full");
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kStorage);
  EXPECT_THAT(oci::MetadataOf(status), UnorderedElementsAre(Pair("path", "/disk")));
}

TEST(StatusTest, AnErrorInfoOfAnotherDomainPassesUnread) {
  google::rpc::ErrorInfo info;
  info.set_reason("STORAGE");
  info.set_domain("googleapis.com");
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  const grpc::Status wire(grpc::StatusCode::UNAVAILABLE, "full", details.SerializeAsString());
  const absl::Status status = FromGrpc(wire);
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kNetwork);
  google::rpc::Status again;
  ASSERT_TRUE(again.ParseFromString(ToGrpc(status).error_details()));
  ASSERT_EQ(again.details_size(), 1);
  EXPECT_EQ(again.details(0).SerializeAsString(), details.details(0).SerializeAsString());
}

TEST(StatusTest, BrokenInfosAreHarmless) {
  for (absl::string_view payload : {"", "\x0a", "\x0a\xff", "\x0a\x7fREFUSED", "\x1a\x02\x0a\x09", "\x08\x01"}) {
    google::rpc::Status details;
    google::protobuf::Any& any = *details.add_details();
    any.set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
    any.set_value(std::string(payload));
    const absl::Status status = FromGrpc(grpc::Status(grpc::StatusCode::NOT_FOUND, "x", details.SerializeAsString()));
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kNotFound);
  }
}

TEST(StatusTest, EveryCodeAndPayloadSurvivesTheRoundTrip) {
  for (int code = 0; code <= 16; ++code) {
    absl::Status status(static_cast<absl::StatusCode>(code), code == 0 ? "" : "why");
    status.SetPayload("type.googleapis.com/a.B", absl::Cord(std::string("\0\xff", 2)));
    status.SetPayload("x", absl::Cord(""));
    EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
  }
}

TEST(StatusTest, AStatusWithoutDetailsKeepsCodeAndMessage) {
  const absl::Status status = FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection refused"));
  EXPECT_EQ(status, absl::UnavailableError("connection refused"));
  EXPECT_EQ(FromGrpc(grpc::Status(grpc::StatusCode::NOT_FOUND, "x", "not a message")), absl::NotFoundError("x"));
}

TEST(StatusTest, MessagesAreCutToWhatTrailersHold) {
  const grpc::Status wire = ToGrpc(oci::MakeError(oci::Reason::kInvalidInput, std::string(1499, 'a') + "\u00e9tat",
                                                  {{"big", std::string(kMaxDetailBytes, 'x')}}));
  EXPECT_EQ(wire.error_message(), std::string(1499, 'a') + "...");
  EXPECT_LT(wire.error_details().size(), 2000u);
  EXPECT_EQ(FromGrpc(wire).code(), absl::StatusCode::kInvalidArgument);
}

TEST(StatusTest, BytesThatAreNotTextBecomeQuestionMarks) {
  const grpc::Status wire = ToGrpc(absl::InvalidArgumentError("name \xc3\xa9 \xff \xe2\x82 end"));
  EXPECT_EQ(wire.error_message(), "name \xc3\xa9 ? ?? end");
  // Overlong, a surrogate, beyond U+10FFFF; then the largest character.
  EXPECT_EQ(ToGrpc(absl::UnknownError("\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80|\xf4\x8f\xbf\xbf")).error_message(),
            "?????????|\xf4\x8f\xbf\xbf");
}

}  // namespace
}  // namespace waybill::exporter::rpc
