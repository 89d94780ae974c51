// SPDX-License-Identifier: Apache-2.0
#include "exporter/traces/tracer.h"

#include <set>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/trace/trace_context.h"

namespace waybill::exporter::traces {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Duration kForever = absl::Hours(1);

// What was sent, and what was said.
class TracerTest : public ::testing::Test {
 protected:
  Tracer::Send Collect() {
    return [this](const oci::Context&, const std::vector<FinishedSpan>& spans) {
      absl::MutexLock lock(&mutex_);
      std::vector<std::string> names;
      for (const FinishedSpan& span : spans) names.push_back(span.span.name);
      batches_.push_back(std::move(names));
      return absl::StatusOr<Rejection>(Rejection());
    };
  }
  std::function<void(absl::string_view)> Notes() {
    return [this](absl::string_view line) {
      absl::MutexLock lock(&mutex_);
      notes_.emplace_back(line);
    };
  }
  void End(Tracer& tracer, const std::vector<std::string>& names) {
    for (const std::string& name : names) tracer.End({.name = name});
  }

  oci::SystemClock clock_;
  absl::Mutex mutex_;
  std::vector<std::vector<std::string>> batches_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> notes_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(TracerTest, SendsBatchesAndTheRestAtTheEnd) {
  Tracer tracer({.queue = 10, .batch = 2, .delay = kForever}, clock_, Collect(), Notes());
  End(tracer, {"a", "b", "c", "d", "e"});
  tracer.Stop(kForever);
  absl::MutexLock lock(&mutex_);
  EXPECT_THAT(batches_, ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d"), ElementsAre("e")));
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(TracerTest, SendsAFullBatchBeforeTheEnd) {
  absl::Notification sent;
  Tracer tracer(
      {.queue = 10, .batch = 2, .delay = kForever}, clock_,
      [&sent](const oci::Context&, const std::vector<FinishedSpan>&) {
        sent.Notify();
        return absl::StatusOr<Rejection>(Rejection());
      },
      Notes());
  End(tracer, {"a", "b"});
  sent.WaitForNotification();
}

TEST_F(TracerTest, SendsWhatIsNotFullAfterAWhile) {
  absl::Notification sent;
  Tracer tracer(
      {.queue = 10, .batch = 10, .delay = absl::Milliseconds(1)}, clock_,
      [&sent](const oci::Context&, const std::vector<FinishedSpan>&) {
        sent.Notify();
        return absl::StatusOr<Rejection>(Rejection());
      },
      Notes());
  End(tracer, {"a"});
  sent.WaitForNotification();
}

TEST_F(TracerTest, LosesWhatTheQueueDoesNotHoldAndSaysSo) {
  absl::Notification begun, release;
  Tracer tracer(
      {.queue = 2, .batch = 1, .delay = kForever}, clock_,
      [&](const oci::Context&, const std::vector<FinishedSpan>&) {
        if (!begun.HasBeenNotified()) begun.Notify();
        release.WaitForNotification();
        return absl::StatusOr<Rejection>(Rejection());
      },
      Notes());
  End(tracer, {"sending"});
  begun.WaitForNotification();
  End(tracer, {"waits", "waits", "lost", "lost"});
  release.Notify();
  tracer.Stop(kForever);
  absl::MutexLock lock(&mutex_);
  EXPECT_THAT(notes_,
              ElementsAre("spans of traces are lost: more end than can be sent", "2 spans of traces were lost"));
}

TEST_F(TracerTest, SaysOnceWhyNothingArrives) {
  int batches = 0;
  Tracer tracer(
      {.queue = 10, .batch = 1, .delay = kForever}, clock_,
      [&batches](const oci::Context&, const std::vector<FinishedSpan>&) -> absl::StatusOr<Rejection> {
        ++batches;
        if (batches == 1) return oci::MakeError(oci::Reason::kNetwork, "nobody there");
        return Rejection{.spans = 1, .why = "too old"};
      },
      Notes());
  End(tracer, {"a", "b"});
  tracer.Stop(kForever);
  absl::MutexLock lock(&mutex_);
  EXPECT_THAT(notes_, ElementsAre("spans of traces are lost: nobody there", "2 spans of traces were lost"));
}

TEST_F(TracerTest, StopsACollectorThatDoesNotAnswer) {
  absl::Notification begun;
  Tracer tracer(
      {.queue = 10, .batch = 1, .delay = kForever}, clock_,
      [&begun](const oci::Context& context, const std::vector<FinishedSpan>&) -> absl::StatusOr<Rejection> {
        if (!begun.HasBeenNotified()) begun.Notify();
        absl::Notification stopped;
        const std::stop_callback<std::function<void()>> on_stop(context.stop_token(), [&stopped] { stopped.Notify(); });
        stopped.WaitForNotification();
        return context.Check();
      },
      Notes());
  End(tracer, {"a", "b"});
  begun.WaitForNotification();
  tracer.Stop(absl::ZeroDuration());
  absl::MutexLock lock(&mutex_);
  EXPECT_THAT(notes_, ElementsAre("spans of traces are lost: cancelled", "2 spans of traces were lost"));
}

TEST_F(TracerTest, LosesWhatEndsAfterwards) {
  Tracer tracer({.queue = 10, .batch = 1, .delay = kForever}, clock_, Collect(), Notes());
  tracer.Stop(kForever);
  End(tracer, {"late"});
  absl::MutexLock lock(&mutex_);
  EXPECT_THAT(batches_, IsEmpty());
}

TEST_F(TracerTest, TakesUpTheCallersTraceOrBeginsOne) {
  Tracer tracer({.sampler = {}, .delay = kForever}, clock_, Collect(), Notes());
  const oci::trace::SpanContext caller =
      oci::trace::ParseTraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "v=1");
  const oci::trace::SpanContext here = tracer.Enter(caller);
  EXPECT_EQ(oci::trace::FormatTraceparent(here), oci::trace::FormatTraceparent(caller));
  EXPECT_EQ(here.state, caller.state);
  oci::trace::SpanContext unsampled = caller;
  unsampled.sampled = false;
  EXPECT_FALSE(tracer.Enter(unsampled).sampled);
  std::set<oci::trace::TraceId> traces;
  std::set<oci::trace::SpanId> spans;
  for (int i = 0; i < 100; ++i) {
    const oci::trace::SpanContext root = tracer.Enter({});
    EXPECT_TRUE(root.sampled);
    EXPECT_EQ(root.span, oci::trace::SpanId{});
    traces.insert(root.trace);
    spans.insert(tracer.Begin().id);
  }
  EXPECT_EQ(traces.size(), 100u);
  EXPECT_EQ(spans.size(), 100u);
  EXPECT_FALSE(spans.contains(oci::trace::SpanId{}));
}

}  // namespace
}  // namespace waybill::exporter::traces
