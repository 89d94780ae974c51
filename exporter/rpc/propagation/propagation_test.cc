// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/propagation/propagation.h"

#include "exporter/rpc/propagation/traced_call.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/testing/recorded_spans.h"
#include "oci/trace/trace_context.h"

namespace waybill::exporter::rpc::propagation {
namespace {

constexpr char kFirst[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr char kSecond[] = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

TEST(PropagationTest, ReadsTheCallersSpan) {
  const oci::trace::SpanContext caller = CallersTrace({{"user-agent", "x"}, {"traceparent", kFirst}});
  ASSERT_TRUE(caller.valid());
  EXPECT_EQ(oci::trace::FormatTraceparent(caller), kFirst);
  EXPECT_EQ(caller.state, nullptr);
}

TEST(PropagationTest, JoinsTheFieldsOfAState) {
  const Metadata metadata = {{"traceparent", kFirst}, {"tracestate", "a=1"}, {"tracestate", "b=2"}};
  EXPECT_EQ(*CallersTrace(metadata).state, "a=1,b=2");
}

TEST(PropagationTest, TakesUpNoneOfSeveral) {
  EXPECT_FALSE(CallersTrace({{"traceparent", kFirst}, {"traceparent", kSecond}}).valid());
  EXPECT_FALSE(CallersTrace({{"tracestate", "a=1"}}).valid());
  EXPECT_FALSE(CallersTrace({}).valid());
}

TEST(TracedCallTest, StandsBelowItsCallerAndAboveItsWork) {
  oci::testing::RecordedSpans spans;
  const oci::trace::SpanContext caller = oci::trace::ParseTraceContext(kFirst, "");
  {
    TracedCall call(&spans, caller, "export");
    const oci::Context begun = call.Begin(oci::Context());
    { const oci::Span work(begun, "work"); }
    call.End(oci::NotFoundError("a blob"));
  }
  EXPECT_THAT(spans.paths(), testing::ElementsAre("export", "export/queue", "export/work"));
  const oci::trace::EndedSpan end = spans.spans().back();
  EXPECT_EQ(end.parent, caller.span);
  EXPECT_EQ(end.kind, oci::trace::SpanKind::kServer);
  EXPECT_EQ(end.status.message(), "a blob");
  EXPECT_TRUE(spans.spans().front().status.ok());
}

TEST(TracedCallTest, TellsOfWorkThatNeverBegins) {
  oci::testing::RecordedSpans spans;
  { TracedCall(&spans, {}, "export").End(oci::NotFoundError("a turn")); }
  ASSERT_EQ(spans.spans().size(), 2u);
  for (const oci::trace::EndedSpan& span : spans.spans()) EXPECT_EQ(span.status.message(), "a turn") << span.name;
}

TEST(TracedCallTest, PassesTheCallersSpanOnWithoutASink) {
  TracedCall call(nullptr, oci::trace::ParseTraceContext(kFirst, ""), "export");
  EXPECT_EQ(oci::trace::FormatTraceparent(call.Begin(oci::Context()).trace()), kFirst);
}

}  // namespace
}  // namespace waybill::exporter::rpc::propagation
