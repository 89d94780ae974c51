// SPDX-License-Identifier: Apache-2.0
// Every difficulty that the fake registry can make, 20 pushes each: a push succeeds or fails with one clear error, and
// no tag ever points to something incomplete. Counts in the registry what was sent again, and prints it.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/registry/testing/fault_rows.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::registry::push {
namespace {

using server::wire::LoggedRequest;
using server::wire::RequestClass;
using testing::FaultRow;
using testing::MakeSampleImage;
using testing::SampleImage;

constexpr int kPushes = 20;
// Above it a layer is looked for first and goes in a session.
constexpr int64_t kLayerBytes = (1 << 20) + 100;
// More than all documents of an image together.
constexpr int64_t kDocuments = 10'000;

class Impatient : public http::Transport {
 public:
  absl::StatusOr<http::Response> Send(const Context& context, const http::Request& request) override {
    http::Request hurried = request;
    hurried.limits.stall_window = absl::Milliseconds(50);
    return transport_.Send(context, hurried);
  }

 private:
  http::curl::CurlTransport transport_{http::curl::CurlTransport::Options{}};
};

struct Sum {
  int64_t sent = 0;   // bodies that the registry has read
  int64_t again = 0;  // of these, more than the push needed
};

class FaultMatrixTest : public testing::RegistryFixture, public ::testing::WithParamInterface<FaultRow> {
 protected:
  void StartFor(const FaultRow& row) {
    // What waits moves the simulated clock, and so the lifetimes of tokens.
    StartWith({.clock = [this] { return clock().Now(); },
               .sleeper = [this](const Context& request,
                                 absl::Duration wait) { EXPECT_TRUE(clock().Sleep(request, wait).ok()); }});
    if (row.gives_up_soon) UseTransport(std::make_unique<Impatient>());
  }

  // As a new process would, which has learned nothing.
  void PushOnce(const FaultRow& row, const std::string& tag, Sum& sum) {
    const SampleImage image = MakeSampleImage(
        {.layers = 1, .layer_bytes = row.large_layer ? kLayerBytes : 1000, .attested = true, .seed = tag});
    const SampleImage other = MakeSampleImage({.seed = "other"});
    NewClient(row.credentials);
    registry().SetBehavior({});
    if (row.tag_is_taken) {
      ASSERT_TRUE(PushSample(other, {tag}).ok());
    }
    registry().log().Clear();
    registry().SetBehavior(row.behavior);
    const absl::StatusOr<PushReport> report =
        Push(context(), host(),
             {.root = image.root,
              .content = *image.store,
              .repository = "app",
              .tags = {tag},
              .mount_from = row.mounts ? std::vector<std::string>{"base"} : std::vector<std::string>{}})
            .report;
    EXPECT_EQ(report.ok(), row.succeeds) << report.status();
    if (!row.behavior.faults.empty()) {
      EXPECT_GT(registry().faults_hit(), 0) << "the fault did not happen";
    }
    CheckTag(row, row.tag_is_taken ? other : image, tag, report.ok());
    if (!report.ok()) CheckError(report.status());
    if (report.ok() && row.how.has_value()) {
      ASSERT_EQ(report->subjects.size(), 1u);
      EXPECT_EQ(report->subjects[0].how, *row.how) << report->subjects[0].reason;
    }
    Count(row, image, report, sum);
  }

 private:
  // A tag points to something complete, and to nothing after a failure.
  void CheckTag(const FaultRow& row, const SampleImage& expected, const std::string& tag, bool pushed) {
    const auto tagged = registry().contents().Tagged("app", tag);
    EXPECT_EQ(tagged.has_value(), pushed || row.tag_is_taken);
    if (!tagged.has_value()) return;
    EXPECT_EQ(*tagged, expected.root.digest);
    ExpectComplete(expected);
  }

  void CheckError(const absl::Status& error) {
    const absl::string_view message = error.message();
    EXPECT_TRUE(absl::StrContains(message, registry().host() + "/")) << message;
    EXPECT_EQ(message.find('\n'), absl::string_view::npos) << message;
    EXPECT_NE(ReasonOf(error), Reason::kInternal) << error;
  }

  // What the push needed: each blob once, each manifest once under each name.
  void Count(const FaultRow& row, const SampleImage& image, const absl::StatusOr<PushReport>& report, Sum& sum) {
    int64_t sent = 0;
    std::map<std::string, int64_t> manifests;
    for (const LoggedRequest& request : registry().log().All()) {
      if (request.request_class == RequestClass::kToken) continue;
      sent += request.body_bytes;
      int64_t& largest = manifests[request.request_class == RequestClass::kManifestPut ? request.target : ""];
      largest = std::max(largest, request.body_bytes);
    }
    manifests.erase("");
    int64_t needed = image.blob_bytes;
    for (const auto& [target, bytes] : manifests) needed += bytes;
    const int64_t again = std::max<int64_t>(sent - needed, 0);
    sum.sent += sent;
    sum.again += again;
    EXPECT_LE(again, (registry().faults_hit() + row.bodies_again) * kLayerBytes + kDocuments);
    // The client counts what it handed to the network, the registry what it read.
    if (report.ok()) {
      EXPECT_GE(report->bytes_again, again);
    }
    if (report.ok()) {
      EXPECT_GE(report->bytes_sent, sent);
    }
  }
};

TEST_P(FaultMatrixTest, SuccessOrOneClearError) {
  const FaultRow& row = GetParam();
  Sum sum;
  StartFor(row);
  for (int i = 0; i < kPushes; ++i) PushOnce(row, absl::StrCat(i), sum);
  std::printf("%-50s %3d pushes, %9lld bytes sent, %9lld of them again\n", row.name.c_str(), kPushes,
              static_cast<long long>(sum.sent), static_cast<long long>(sum.again));
}

std::string NameOf(const ::testing::TestParamInfo<FaultRow>& row) {
  std::string name = row.param.name;
  for (char& c : name) {
    if (!absl::ascii_isalnum(c)) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Rows, FaultMatrixTest, ::testing::ValuesIn(testing::FaultRows()), NameOf);

}  // namespace
}  // namespace waybill::oci::registry::push
