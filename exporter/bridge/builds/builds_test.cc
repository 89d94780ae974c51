// SPDX-License-Identifier: Apache-2.0
// Which build a session's and a client's calls find.
#include "exporter/bridge/builds/builds.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "exporter/bridge/builds/build.h"
#include "exporter/bridge/builds/spool.h"
#include "exporter/bridge/testing/fake_output.h"
#include "gtest/gtest.h"
#include "oci/clock.h"

namespace waybill::exporter::bridge::builds {
namespace {

class BuildsTest : public ::testing::Test {
 protected:
  // Of one session.
  std::shared_ptr<Build> NewBuild(const std::string& ref) {
    moby::buildkit::v1::SolveRequest request;
    request.set_ref(ref);
    request.set_session("session");
    request.add_exporters()->set_type("image");
    return std::make_shared<Build>(
        Build::Deps{.daemon = nullptr, .outputs = destination_, .clock = clock_, .spool = spool_},
        *solve::RewriteSolve(std::move(request)));
  }

  SpoolSpace spool_{::testing::TempDir(), 0};
  testing::FakeDestination destination_;
  oci::SystemClock clock_;
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

}  // namespace
}  // namespace waybill::exporter::bridge::builds
