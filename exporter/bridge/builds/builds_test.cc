// SPDX-License-Identifier: Apache-2.0
// Which build a session's and a client's calls find.
#include "exporter/bridge/builds/builds.h"

#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "exporter/bridge/builds/build.h"
#include "exporter/bridge/builds/spool.h"
#include "exporter/bridge/testing/fake_output.h"
#include "gtest/gtest.h"
#include "oci/clock.h"
#include "oci/error.h"
#include "oci/testing/recorded_spans.h"
#include "oci/trace/trace_context.h"

namespace waybill::exporter::bridge::builds {
namespace {

// Work that says that it has run.
Builds::Work Notifying(absl::Notification& ran) {
  return [&ran](const oci::Context&) {
    ran.Notify();
    return absl::OkStatus();
  };
}

class BuildsTest : public ::testing::Test {
 protected:
  // Of one session.
  std::shared_ptr<Build> NewBuild(const std::string& ref) {
    moby::buildkit::v1::SolveRequest request;
    request.set_ref(ref);
    request.set_session("session");
    moby::buildkit::v1::Exporter& exporter = *request.add_exporters();
    exporter.set_type("image");
    (*exporter.mutable_attrs())["name"] = "registry.example.com/app:1";
    (*exporter.mutable_attrs())["push"] = "true";
    return std::make_shared<Build>(Build::Deps{.daemon = nullptr,
                                               .outputs = destination_,
                                               .clock = clock_,
                                               .spool = spool_,
                                               .encoders = encoders_,
                                               .caller = caller_},
                                   *solve::RewriteSolve(std::move(request)));
  }

  SpoolSpace spool_{::testing::TempDir(), 0};
  layers::Encoders encoders_;
  testing::FakeDestination destination_;
  oci::SystemClock clock_;
  oci::trace::SpanContext caller_;
  Builds builds_;
};

TEST_F(BuildsTest, ASessionHasOneBuildAtATime) {
  const auto first = NewBuild("1"), second = NewBuild("2");
  ASSERT_TRUE(builds_.Add(first).ok());
  EXPECT_TRUE(absl::IsUnimplemented(builds_.Add(second)));
  EXPECT_EQ(builds_.OfSession("session"), first);
  EXPECT_EQ(builds_.OfRef("2"), nullptr);
  builds_.Remove(*first);
  EXPECT_EQ(builds_.OfSession("session"), nullptr);
  EXPECT_TRUE(builds_.Add(second).ok());
}

// One that was cancelled stays for a moment, and must not be in the way of what its client builds next.
TEST_F(BuildsTest, AStoppedBuildMakesRoom) {
  const auto first = NewBuild("1"), second = NewBuild("2");
  ASSERT_TRUE(builds_.Add(first).ok());
  first->stop().Request();
  ASSERT_TRUE(builds_.Add(second).ok());
  builds_.Remove(*first);
  EXPECT_EQ(builds_.OfSession("session"), second);
  EXPECT_EQ(builds_.OfRef("1"), nullptr);
}

// A client that goes away while its export waits for others to the same registry must not be told so when they end.
TEST_F(BuildsTest, WorkThatIsStoppedWhileItWaitsRunsAtOnce) {
  constexpr int kParallel = 32;
  absl::Notification release, second_ran, third_ran;
  absl::BlockingCounter begun(kParallel), done(kParallel);
  for (int i = 0; i < kParallel; ++i) {
    ASSERT_TRUE(builds_
                    .Run(NewBuild("1"), {},
                         [&](const oci::Context&) {
                           begun.DecrementCount();
                           release.WaitForNotification();
                           done.DecrementCount();
                           return absl::OkStatus();
                         })
                    .ok());
  }
  begun.Wait();
  const auto second = NewBuild("2"), third = NewBuild("3");
  std::stop_source caller;
  EXPECT_TRUE(builds_.Run(second, caller.get_token(), Notifying(second_ran)).ok());
  EXPECT_FALSE(second_ran.HasBeenNotified());
  caller.request_stop();
  second_ran.WaitForNotification();
  EXPECT_TRUE(second->stop().token().stop_requested());
  third->stop().Request();
  EXPECT_TRUE(builds_.Run(third, {}, Notifying(third_ran)).ok());
  third_ran.WaitForNotification();
  release.Notify();
  done.Wait();
}

// The client's trace goes on with its export, however that ends.
TEST_F(BuildsTest, AnExportIsASpanBelowTheClients) {
  oci::testing::RecordedSpans spans;
  caller_ = oci::trace::ParseTraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "");
  {
    Builds builds(nullptr, &spans);
    const absl::Status failure = oci::NotFoundError("a layer");
    ASSERT_TRUE(builds
                    .Run(NewBuild("1"), {},
                         [failure](const oci::Context& context) {
                           const oci::Span work(context, "work");
                           return failure;
                         })
                    .ok());
  }
  EXPECT_EQ(spans.paths(), (std::vector<std::string>{"export", "export/queue", "export/work"}));
  const oci::trace::EndedSpan end = spans.spans().back();
  EXPECT_EQ(end.parent, caller_.span);
  EXPECT_EQ(end.self.trace, caller_.trace);
  EXPECT_EQ(end.status.message(), "a layer");
  EXPECT_EQ(oci::testing::RecordedSpans::Attribute(end, "waybill.export.id"), "1");
}

}  // namespace
}  // namespace waybill::exporter::bridge::builds
