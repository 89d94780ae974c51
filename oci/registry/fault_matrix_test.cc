// SPDX-License-Identifier: Apache-2.0
// Every fault that the fake registry can have, 20 pushes each: a push succeeds or fails with one clear error, and no
// tag ever points to something incomplete. Prints what was sent again.
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/registry/scenario/registry_fixture.h"

namespace waybill::oci::registry {
namespace {

using testing::Behavior;
using testing::Fault;
using testing::FaultKind;
using testing::MakeSampleImage;
using testing::RequestClass;
using testing::SampleImage;

constexpr int kPushes = 20;

struct Row {
  std::string name;
  Fault fault;
  bool succeeds = true;  // each push; otherwise each fails
};

Fault Status(RequestClass where, int status, std::string retry_after = "", std::string code = "") {
  return {.kind = FaultKind::kStatus,
          .where = where,
          .times = 2,
          .status = status,
          .retry_after = retry_after,
          .code = code};
}

std::vector<Row> Rows() {
  std::vector<Row> rows;
  for (const int status : {408, 425, 429, 499, 500, 502, 503, 504, 522}) {
    for (const RequestClass where :
         {RequestClass::kManifestHead, RequestClass::kBlobHead, RequestClass::kUploadPost, RequestClass::kUploadSingle,
          RequestClass::kUploadPut, RequestClass::kManifestPut}) {
      rows.push_back({absl::StrCat(status, " ", testing::RequestClassName(where)), Status(where, status)});
    }
  }
  for (const RequestClass where : {RequestClass::kUploadPut, RequestClass::kManifestPut, RequestClass::kUploadSingle}) {
    const std::string at(testing::RequestClassName(where));
    rows.push_back({"429 Retry-After " + at, Status(where, 429, "3")});
    rows.push_back({"503 Retry-After " + at, Status(where, 503, "3")});
    rows.push_back({"drop at 0 " + at, {.kind = FaultKind::kDrop, .where = where, .times = 2}});
    rows.push_back({"drop in the middle " + at, {.kind = FaultKind::kDrop, .where = where, .times = 2, .at = 20}});
    rows.push_back({"drop the answer " + at, {.kind = FaultKind::kDropAnswer, .where = where, .times = 2}});
  }
  rows.push_back(
      {"drop at 1 MiB", {.kind = FaultKind::kDrop, .where = RequestClass::kUploadPut, .times = 2, .at = 1 << 20}});
  rows.push_back({"404 BLOB_UPLOAD_UNKNOWN", Status(RequestClass::kUploadPut, 404, "", "BLOB_UPLOAD_UNKNOWN")});
  rows.push_back({"416", Status(RequestClass::kUploadPut, 416)});
  rows.push_back({"400 of a proxy", Status(RequestClass::kUploadPut, 400)});
  rows.push_back({"403 to HEAD", {.kind = FaultKind::kStatus, .where = RequestClass::kBlobHead, .status = 403}});
  rows.push_back({"403 rate limit", Status(RequestClass::kManifestPut, 403, "", "TOOMANYREQUESTS")});
  rows.push_back({"forgotten blob", {.kind = FaultKind::kForgetBlob, .where = RequestClass::kAny, .times = 1}});
  rows.push_back(
      {"delay", {.kind = FaultKind::kDelay, .where = RequestClass::kAny, .times = 3, .delay = absl::Milliseconds(5)}});
  rows.push_back({"401 without challenge",
                  {.kind = FaultKind::kStatus, .where = RequestClass::kManifestHead, .status = 401},
                  false});
  rows.push_back({"403 PUT manifest",
                  {.kind = FaultKind::kStatus, .where = RequestClass::kManifestPut, .status = 403, .code = "DENIED"},
                  false});
  rows.push_back(
      {"413 PUT manifest", {.kind = FaultKind::kStatus, .where = RequestClass::kManifestPut, .status = 413}, false});
  rows.push_back(
      {"500 for ever", {.kind = FaultKind::kStatus, .where = RequestClass::kManifestPut, .status = 500}, false});
  rows.push_back({"429 for ever",
                  {.kind = FaultKind::kStatus, .where = RequestClass::kUploadPost, .status = 429, .retry_after = "60"},
                  false});
  rows.push_back({"drop for ever", {.kind = FaultKind::kDrop, .where = RequestClass::kUploadPut, .at = 100}, false});
  rows.push_back(
      {"wrong digest header", {.kind = FaultKind::kWrongDigest, .where = RequestClass::kManifestPut}, false});
  rows.push_back({"blobs forgotten for ever", {.kind = FaultKind::kForgetBlob, .where = RequestClass::kAny}, false});
  return rows;
}

class FaultMatrixTest : public testing::RegistryFixture {
 protected:
  void Check(const Row& row, const SampleImage& image, const std::string& tag,
             const absl::StatusOr<PushReport>& report) {
    if (const auto tagged = registry().Tagged("app", tag); tagged.has_value()) {
      EXPECT_EQ(*tagged, image.root.digest) << row.name;
      ExpectComplete(image);
    }
    EXPECT_EQ(report.ok(), row.succeeds) << row.name << ": " << report.status();
    EXPECT_EQ(registry().Tagged("app", tag).has_value(), report.ok()) << row.name;
    if (report.ok()) return;
    const absl::string_view message = report.status().message();
    EXPECT_TRUE(absl::StrContains(message, registry().host() + "/")) << message;
    EXPECT_EQ(message.find('\n'), absl::string_view::npos) << message;
    EXPECT_NE(ReasonOf(report.status()), Reason::kInternal) << report.status();
  }
};

TEST_F(FaultMatrixTest, SuccessOrOneClearError) {
  std::printf("%-40s %8s %12s %12s\n", "fault", "pushes", "bytes sent", "sent again");
  for (const Row& row : Rows()) {
    SCOPED_TRACE(row.name);
    int64_t sent = 0, again = 0;
    Start({});
    for (int i = 0; i < kPushes; ++i) {
      const std::string tag = absl::StrCat(i);
      const SampleImage image =
          MakeSampleImage({.layers = 2, .layer_bytes = (1 << 20) + 100, .attested = true, .seed = tag});
      registry().SetBehavior({.faults = {row.fault}});
      const absl::StatusOr<PushReport> report = PushSample(image, {tag});
      Check(row, image, tag, report);
      if (report.ok()) sent += report->bytes_sent;
      if (report.ok()) again += report->bytes_again;
    }
    std::printf("%-40s %8d %12lld %12lld\n", row.name.c_str(), kPushes, static_cast<long long>(sent),
                static_cast<long long>(again));
  }
}

}  // namespace
}  // namespace waybill::oci::registry
