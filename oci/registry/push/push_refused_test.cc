// SPDX-License-Identifier: Apache-2.0
// Refusals that a push goes on after, and what it says when it does not.
#include <string>

#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/registry/push/push.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::registry::push {
namespace {

using server::behavior::Behavior;
using server::wire::RequestClass;
using testing::MakeSampleImage;
using testing::SampleImage;

using PushRefusedTest = testing::RegistryFixture;

TEST_F(PushRefusedTest, RefusedMountsAreUploads) {
  for (const server::behavior::Mount mount :
       {server::behavior::Mount::kSessionOnly, server::behavior::Mount::kUnauthorized,
        server::behavior::Mount::kForbidden, server::behavior::Mount::kUnauthorizedWhenAbsent}) {
    Behavior behavior;
    behavior.uploads.mount = mount;
    Start(behavior);
    const SampleImage image = MakeSampleImage({});
    const auto report = Push(context(), host(),
                             {.root = image.root,
                              .content = *image.store,
                              .repository = "app",
                              .tags = {"1"},
                              .mount_from = {"elsewhere"}})
                            .report;
    ASSERT_TRUE(report.ok()) << report.status();
    ExpectComplete(image);
    EXPECT_EQ(registry().open_uploads(), 0u);
  }
}

// One that is refused for want of rights is the last from there.
TEST_F(PushRefusedTest, RefusedMountsAreNotAskedForAgain) {
  for (const server::behavior::Mount mount :
       {server::behavior::Mount::kUnauthorized, server::behavior::Mount::kForbidden}) {
    Behavior behavior;
    behavior.uploads.mount = mount;
    Start(behavior);
    for (const char* seed : {"a", "b"}) {
      registry().log().Clear();
      const SampleImage image = MakeSampleImage({.seed = seed});
      const auto report = Push(context(), host(),
                               {.root = image.root,
                                .content = *image.store,
                                .repository = "app",
                                .tags = {seed},
                                .mount_from = {"elsewhere"}})
                              .report;
      ASSERT_TRUE(report.ok()) << report.status();
      EXPECT_EQ(registry().log().Count(RequestClass::kUploadMount) > 0, std::string(seed) == "a");
    }
  }
}

// A 403 to HEAD may mean "absent"; when it did not, both refusals are told.
TEST_F(PushRefusedTest, TheFirstRefusalIsToldWithTheLater) {
  Behavior behavior;
  behavior.faults = {{.where = RequestClass::kBlobHead, .status = 403},
                     {.where = RequestClass::kUploadPost, .status = 403, .code = "DENIED"}};
  Start(behavior);
  const auto report = PushSample(MakeSampleImage({.layers = 1, .layer_bytes = 2 << 20}), {"1"});
  EXPECT_EQ(ReasonOf(report.status()), Reason::kAuth);
  for (const char* part : {": 403 Forbidden: DENIED", "; before that HEAD http://"}) {
    EXPECT_NE(report.status().message().find(part), std::string::npos) << report.status();
  }
}

}  // namespace
}  // namespace waybill::oci::registry::push
