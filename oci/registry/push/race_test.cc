// SPDX-License-Identifier: Apache-2.0
// Several processes attach to one image at the same time, on a registry that has neither the referrers API nor
// conditional writes.
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/registry/client.h"
#include "oci/registry/push/push.h"
#include "oci/registry/referrers/referrers.h"
#include "oci/registry/server/registry_server.h"
#include "oci/registry/testing/registry_fixture.h"
#include "oci/registry/testing/sample_image.h"
#include "oci/registry/testing/turn_clock.h"

namespace waybill::oci::registry::push {
namespace {

using server::RegistryServer;
using testing::MakeSampleImage;
using testing::SampleImage;
using testing::TurnClock;

constexpr int kRounds = 50;
constexpr int kPushers = 8;

struct RoundResult {
  std::set<std::string> attached;
  std::set<std::string> listed;
  int64_t requests = 0;
};

class RaceTest : public ::testing::Test {
 protected:
  // A registry for each round: what is stored makes the fake slower.
  void StartRegistry() {
    server::behavior::Behavior behavior;
    behavior.referrers.api = server::behavior::ReferrersApi::kNotFound;
    behavior.referrers.subject_header = server::behavior::SubjectHeader::kOmitted;
    registry_ = *RegistryServer::Start({.behavior = behavior});
  }

  // Each pusher is a client of its own, as in another process.
  void RunRound(int round, RoundResult& result) {
    StartRegistry();
    TurnClock clock(kPushers, 1000 + round);
    std::vector<SampleImage> images;
    for (int i = 0; i < kPushers; ++i) {
      images.push_back(MakeSampleImage(
          {.layers = 1, .attested = true, .seed = absl::StrCat(round), .statement = absl::StrCat("-", i)}));
      result.attached.insert(images.back().referrers[0].digest.ToString());
    }
    std::vector<absl::StatusOr<PushReport>> reports(kPushers, absl::UnknownError("did not run"));
    {
      std::vector<std::jthread> pushers;
      for (int i = 0; i < kPushers; ++i) {
        pushers.emplace_back([&, i] {
          reports[i] = PushOne(images[i], clock);
          clock.Leave();
        });
      }
    }
    for (const auto& report : reports) {
      ASSERT_TRUE(report.ok()) << report.status();
      ASSERT_EQ(report->subjects.size(), 1u);
      EXPECT_EQ(report->subjects[0].how, SubjectOutcome::How::kFallbackTag) << report->subjects[0].reason;
      result.requests += report->requests;
    }
    List(images[0].images[0].digest, result);
  }

  absl::StatusOr<PushReport> PushOne(const SampleImage& image, TurnClock& clock) {
    Client client({transport_, credentials_, clock}, {});
    Host& host = **client.HostFor(registry_->host(), false);
    return Push(Context(), host, {.root = image.root, .content = *image.store, .repository = "app"}).report;
  }

  void List(const Digest& subject, RoundResult& result) {
    TurnClock clock(1, 1);
    Client client({transport_, credentials_, clock}, {});
    Traffic traffic;
    const auto listed =
        referrers::Referrers(**client.HostFor(registry_->host(), false), "app", traffic).List(Context(), subject, "");
    ASSERT_TRUE(listed.ok()) << listed.status();
    for (const Descriptor& entry : *listed) result.listed.insert(entry.digest.ToString());
  }

  std::unique_ptr<RegistryServer> registry_;
  http::curl::CurlTransport transport_{http::curl::CurlTransport::Options{}};
  testing::FixedCredentials credentials_{auth::Credentials{}};
};

TEST_F(RaceTest, NoReferrerIsLost) {
  int64_t requests = 0;
  for (int round = 0; round < kRounds; ++round) {
    RoundResult result;
    RunRound(round, result);
    EXPECT_EQ(result.listed, result.attached) << "round " << round;
    requests += result.requests;
  }
  std::cout << kRounds << " rounds of " << kPushers << " pushers: " << requests << " requests, "
            << static_cast<double>(requests) / (kRounds * kPushers) << " per push\n";
}

}  // namespace
}  // namespace waybill::oci::registry::push
