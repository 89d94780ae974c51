// SPDX-License-Identifier: Apache-2.0
// What another decoder makes of the bytes: tools/e2e/bridge/bridge_trace_test.sh.
#include "exporter/traces/encoding.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/trace/trace_context.h"
#include "oci/words/secrets.h"
#include "proto/otlp/trace.pb.h"

namespace waybill::exporter::traces {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

FinishedSpan NewSpan() {
  FinishedSpan finished;
  finished.span.self = oci::trace::ParseTraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "v=1");
  finished.span.name = "deliver";
  finished.span.start = absl::FromUnixNanos(1700000000000000001);
  finished.end = absl::FromUnixNanos(1700000001000000002);
  return finished;
}

otlp::Span Encoded(const FinishedSpan& span) {
  otlp::ExportTraceServiceRequest request;
  EXPECT_TRUE(request.ParseFromString(EncodeSpans({.resource = {}, .version = "1"}, {span})));
  return request.resource_spans(0).scope_spans(0).spans(0);
}

// As go.opentelemetry.io/proto/otlp v1.11.0 writes the same message.
TEST(EncodingTest, HasTheBytesOfTheSpecification) {
  FinishedSpan span = NewSpan();
  span.span.self.state = nullptr;
  span.span.kind = oci::trace::SpanKind::kServer;
  const std::string bytes = EncodeSpans({.resource = {{"service.name", "x"}}, .version = "1"}, {span});
  EXPECT_EQ(
      absl::BytesToHexString(bytes),
      "0a680a150a130a0c736572766963652e6e616d6512030a0178124f0a0c0a0777617962696c6c120131123f0a100af7651916cd43dd"
      "8448eb211c80319c1208b7ad6b71692033312a0764656c6976657230023901002a36fe9c97174102cac471fe9c9717850101000000");
}

TEST(EncodingTest, TellsParentStateAndStatus) {
  FinishedSpan root = NewSpan();
  EXPECT_EQ(Encoded(root).parent_span_id(), "");
  EXPECT_EQ(Encoded(root).trace_state(), "v=1");
  EXPECT_FALSE(Encoded(root).has_status());
  EXPECT_EQ(Encoded(root).kind(), otlp::Span::INTERNAL);
  FinishedSpan child = NewSpan();
  child.span.parent = {1, 2, 3, 4, 5, 6, 7, 8};
  child.span.kind = oci::trace::SpanKind::kClient;
  child.span.status = oci::NotFoundError("no such blob");
  const otlp::Span message = Encoded(child);
  EXPECT_EQ(message.parent_span_id(), "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(message.kind(), otlp::Span::CLIENT);
  EXPECT_EQ(message.status().code(), otlp::Status::ERROR);
  EXPECT_EQ(message.status().message(), "no such blob");
}

// Protobuf's strings are UTF-8, and Go refuses a whole message with another.
TEST(EncodingTest, TextsAreBoundedUtf8WithoutSecrets) {
  oci::words::HeldSecrets secrets;
  secrets.Add("hunter22");
  FinishedSpan span = NewSpan();
  span.span.attributes.emplace_back("waybill.export.names", "a\xff hunter22");
  span.span.attributes.emplace_back("long", std::string(5000, 'x'));
  span.span.status = absl::InternalError("\xc3 hunter22");
  const otlp::Span message = Encoded(span);
  EXPECT_EQ(message.attributes(0).value().string_value(), "a\\xff ...");
  EXPECT_LE(message.attributes(1).value().string_value().size(), 1024u);
  EXPECT_THAT(message.status().message(), Not(HasSubstr("hunter22")));
}

TEST(EncodingTest, CountsTheAttributesThatItLeavesOut) {
  FinishedSpan span = NewSpan();
  for (int i = 0; i < 40; ++i) span.span.attributes.emplace_back(absl::StrCat("key", i), int64_t{i});
  const otlp::Span message = Encoded(span);
  EXPECT_EQ(message.attributes_size(), 32);
  EXPECT_EQ(message.attributes(31).value().int_value(), 31);
  EXPECT_EQ(message.dropped_attributes_count(), 8u);
}

TEST(EncodingTest, ASpanDoesNotEndBeforeItsStart) {
  FinishedSpan span = NewSpan();
  span.end = span.span.start - absl::Hours(1);
  EXPECT_EQ(Encoded(span).end_time_unix_nano(), Encoded(span).start_time_unix_nano());
}

TEST(EncodingTest, ReadsWhatACollectorRejects) {
  EXPECT_EQ(DecodeRejection("").spans, 0);
  EXPECT_EQ(DecodeRejection("\xff\xff").spans, 0);
  // partial_success { rejected_spans: 5 error_message: "too\nmany" }
  const Rejection rejection = DecodeRejection("\x0a\x0c\x08\x05\x12\x08too\nmany");
  EXPECT_EQ(rejection.spans, 5);
  EXPECT_EQ(rejection.why, "too many");
}

}  // namespace
}  // namespace waybill::exporter::traces
