// SPDX-License-Identifier: Apache-2.0
#include "oci/context.h"

#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/testing/recorded_facts.h"

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

}  // namespace
}  // namespace waybill::oci
