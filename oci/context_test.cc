// SPDX-License-Identifier: Apache-2.0
#include "oci/context.h"

#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/testing/recorded_facts.h"
#include "oci/testing/recorded_spans.h"
#include "oci/trace/trace_context.h"

namespace waybill::oci {
namespace {

class RecordingSink : public ProgressSink {
 public:
  void Report(const ProgressEvent& event) override { items.push_back(event.item); }
  std::vector<std::string> items;
};

TEST(ContextTest, NeverStopsByDefault) {
  const Context context;
  EXPECT_TRUE(context.Check().ok());
  EXPECT_EQ(context.deadline(), absl::InfiniteFuture());
  context.Report({.item = "nobody listens"});
}

TEST(ContextTest, StopsOnRequest) {
  std::stop_source source;
  const Context context = Context().WithStop(source.get_token());
  EXPECT_TRUE(context.Check().ok());
  source.request_stop();
  EXPECT_EQ(ReasonOf(context.Check()), Reason::kInterrupted);
  EXPECT_EQ(context.Check().message(), "cancelled");
}

TEST(ContextTest, TheEarlierDeadlineHolds) {
  const absl::Time now = absl::Now();
  const Context later = Context().WithDeadline(now + absl::Hours(2)).WithDeadline(now + absl::Hours(3));
  EXPECT_EQ(later.deadline(), now + absl::Hours(2));
  EXPECT_TRUE(later.Check().ok());
  const Context past = later.WithDeadline(now - absl::Seconds(1));
  EXPECT_EQ(ReasonOf(past.Check()), Reason::kTimeout);
  EXPECT_EQ(past.Check().message(), "deadline exceeded");
}

TEST(ContextTest, ReportsToItsSink) {
  RecordingSink sink;
  const Context context = Context().WithProgress(sink);
  context.WithTimeout(absl::Hours(1)).Report({.item = "layer"});
  EXPECT_EQ(sink.items, std::vector<std::string>{"layer"});
}

TEST(ContextTest, TellsItsObserver) {
  testing::RecordedFacts facts;
  const Context context = Context().WithObserver(&facts);
  context.WithTimeout(absl::Hours(1)).Observe(LayerConverted{.bytes_in = 3, .bytes_out = 2});
  {
    const StageTimer outer(context, Stage::kLayers);
    const StageTimer inner(context, Stage::kDeliver);
    EXPECT_TRUE(facts.stages().empty());
  }
  ASSERT_EQ(facts.Of<LayerConverted>().size(), 1u);
  EXPECT_EQ(facts.Of<LayerConverted>()[0].bytes_out, 2);
  EXPECT_EQ(facts.stages(), (std::vector<Stage>{Stage::kDeliver, Stage::kLayers}));
  const auto ends = facts.Of<StageEnded>();
  EXPECT_GE(ends[1].took, ends[0].took);
  // Without one nothing happens.
  context.WithObserver(nullptr).Observe(AttestationsDowngraded());
  EXPECT_TRUE(facts.Of<AttestationsDowngraded>().empty());
}

TEST(LinkedStopTest, StopsWithTheOuterContext) {
  std::stop_source outer;
  LinkedStop linked(Context().WithStop(outer.get_token()));
  EXPECT_TRUE(linked.context().Check().ok());
  outer.request_stop();
  EXPECT_EQ(ReasonOf(linked.context().Check()), Reason::kInterrupted);
}

TEST(LinkedStopTest, DoesNotStopTheOuterContext) {
  std::stop_source source;
  const Context outer = Context().WithStop(source.get_token());
  LinkedStop linked(outer);
  linked.Request();
  EXPECT_EQ(ReasonOf(linked.context().Check()), Reason::kInterrupted);
  EXPECT_TRUE(outer.Check().ok());
}

using testing::RecordedSpans;

constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(SpanTest, StandsBelowTheCallersSpan) {
  RecordedSpans spans;
  const trace::SpanContext remote = trace::ParseTraceContext(kTraceparent, "vendor=1");
  const Context context = Context().WithTrace(&spans, remote);
  EXPECT_EQ(trace::FormatTraceparent(context.trace()), kTraceparent);
  {
    const Span outer(context, "outer", trace::SpanKind::kServer);
    const Span inner(outer.context(), "inner");
    EXPECT_EQ(trace::FormatTraceparent(inner.context().trace()),
              "00-0af7651916cd43dd8448eb211c80319c-0000000000000002-01");
    EXPECT_TRUE(spans.spans().empty());
  }
  ASSERT_EQ(spans.paths(), (std::vector<std::string>{"outer", "outer/inner"}));
  const trace::EndedSpan outer = spans.spans()[1];
  EXPECT_EQ(outer.parent, remote.span);
  EXPECT_EQ(outer.self.trace, remote.trace);
  EXPECT_EQ(*outer.self.state, "vendor=1");
  EXPECT_EQ(outer.kind, trace::SpanKind::kServer);
  EXPECT_EQ(outer.start, absl::FromUnixSeconds(1));
}

TEST(SpanTest, BeginsATraceWithoutACaller) {
  RecordedSpans spans;
  const Context context = Context().WithTrace(&spans, {});
  EXPECT_FALSE(context.trace().valid());
  { const Span root(context, "root"); }
  ASSERT_EQ(spans.spans().size(), 1u);
  EXPECT_EQ(spans.spans()[0].parent, trace::SpanId{});
  EXPECT_TRUE(spans.spans()[0].self.valid());
}

TEST(SpanTest, TellsHowItEndedOnce) {
  RecordedSpans spans;
  const Context context = Context().WithTrace(&spans, {});
  {
    Span span(context, "fails");
    span.Set("size", int64_t{7});
    EXPECT_EQ(span.Close(NotFoundError("no such blob")), NotFoundError("no such blob"));
    EXPECT_TRUE(span.Close(absl::OkStatus()).ok());
  }
  {
    Span span(context, "succeeds");
    EXPECT_EQ(*span.Close(absl::StatusOr<int>(3)), 3);
  }
  {
    Span span(context, "has its own type");
    span.Set(kErrorType, "404");
    EXPECT_FALSE(span.Close(absl::UnknownError("")).ok());
  }
  ASSERT_EQ(spans.spans().size(), 3u);
  EXPECT_EQ(spans.spans()[0].status.message(), "no such blob");
  EXPECT_EQ(RecordedSpans::Attribute(spans.spans()[0], "size"), "7");
  EXPECT_EQ(RecordedSpans::Attribute(spans.spans()[0], kErrorType), "not_found");
  EXPECT_TRUE(spans.spans()[1].status.ok());
  EXPECT_EQ(RecordedSpans::Attribute(spans.spans()[2], kErrorType), "404");
  EXPECT_EQ(spans.spans()[2].attributes.size(), 1u);
}

// A sink that samples nothing.
class Unsampled : public RecordedSpans {
 public:
  trace::SpanContext Enter(const trace::SpanContext& remote) override {
    trace::SpanContext here = RecordedSpans::Enter(remote);
    here.sampled = false;
    return here;
  }
};

TEST(SpanTest, RecordsNothingWithoutASinkOrASample) {
  Unsampled spans;
  const trace::SpanContext remote = trace::ParseTraceContext(kTraceparent, "");
  for (trace::SpanSink* const sink : {static_cast<trace::SpanSink*>(nullptr), static_cast<trace::SpanSink*>(&spans)}) {
    const Context context = Context().WithTrace(sink, remote);
    Span span(context, "nothing");
    span.Set("key", "value");
    EXPECT_FALSE(span.recorded());
    EXPECT_EQ(&span.context(), &context);
    EXPECT_EQ(span.context().trace().span, remote.span);  // the caller's goes on to others
    EXPECT_FALSE(span.Close(NotFoundError("")).ok());
  }
  EXPECT_TRUE(spans.spans().empty());
}

TEST(SpanTest, OneContextTakesThePlaceOfAnother) {
  RecordedSpans spans;
  const Context context = Context().WithTrace(&spans, {});
  std::stop_source stop;
  const Context worker = Context().WithStop(stop.get_token());
  {
    const Span span(context, "call");
    const Context inside = worker.WithTraceOf(span.context());
    { const Span work(inside, "work"); }
    stop.request_stop();
    EXPECT_FALSE(inside.Check().ok());
  }
  EXPECT_EQ(spans.paths(), (std::vector<std::string>{"call", "call/work"}));
}

TEST(StageTimerTest, IsASpanToo) {
  RecordedSpans spans;
  const Context context = Context().WithTrace(&spans, {});
  {
    StageTimer timer(context, Stage::kDeliver);
    { const Span blob(timer.context(), "blob"); }
    EXPECT_FALSE(timer.Close(StorageError("disk full")).ok());
  }
  EXPECT_EQ(spans.paths(), (std::vector<std::string>{"deliver", "deliver/blob"}));
  EXPECT_EQ(spans.spans()[1].status.message(), "disk full");
}

}  // namespace
}  // namespace waybill::oci
