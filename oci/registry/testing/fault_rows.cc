// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/fault_rows.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/registry/server/behavior/behavior_switches.h"
#include "oci/registry/server/wire/route.h"

namespace waybill::oci::registry::testing {
namespace {

using How = push::SubjectOutcome::How;
using Rows = std::vector<FaultRow>;

server::behavior::Behavior Bearer() {
  server::behavior::Behavior behavior;
  behavior.auth.scheme = server::behavior::AuthScheme::kBearer;
  return behavior;
}

server::behavior::Behavior NoApi() {
  server::behavior::Behavior behavior;
  server::behavior::BehaviorSwitchNamed("no-api")->turn_on(behavior);
  return behavior;
}

server::behavior::Behavior ApiWithoutHeader() {
  server::behavior::Behavior behavior;
  server::behavior::BehaviorSwitchNamed("api-without-header")->turn_on(behavior);
  return behavior;
}

server::behavior::Behavior SmallBodies() {
  server::behavior::Behavior behavior;
  server::behavior::BehaviorSwitchNamed("small-bodies")->turn_on(behavior);
  return behavior;
}

FaultRow With(server::behavior::Fault fault, server::behavior::Behavior behavior = {}) {
  behavior.faults.push_back(std::move(fault));
  FaultRow row = {.behavior = std::move(behavior)};
  if (row.behavior.auth.scheme != server::behavior::AuthScheme::kNone)
    row.credentials = {.username = "user", .password = "password"};
  return row;
}

FaultRow Named(std::string name, FaultRow row) {
  row.name = std::move(name);
  return row;
}

FaultRow Fails(FaultRow row) {
  row.succeeds = false;
  return row;
}

FaultRow Found(How how, FaultRow row) {
  row.how = how;
  return row;
}

server::behavior::Fault Status(server::wire::RequestClass where, int status, int times = 2) {
  return {.kind = server::behavior::FaultKind::kStatus, .where = where, .times = times, .status = status};
}

// A place in a push, and a registry that makes clients go there.
struct Place {
  std::string name;
  server::wire::RequestClass where;
  server::behavior::Behavior behavior;
  bool mounts = false;
  std::string path;
  int bodies_again = 0;
};

std::vector<Place> Places() {
  return {{.name = "manifest-head", .where = server::wire::RequestClass::kManifestHead},
          {.name = "blob-head", .where = server::wire::RequestClass::kBlobHead},
          {.name = "upload-post", .where = server::wire::RequestClass::kUploadPost},
          {.name = "upload-single", .where = server::wire::RequestClass::kUploadSingle},
          {.name = "upload-put", .where = server::wire::RequestClass::kUploadPut},
          {.name = "manifest-put", .where = server::wire::RequestClass::kManifestPut},
          {.name = "upload-mount", .where = server::wire::RequestClass::kUploadMount, .mounts = true},
          {.name = "upload-patch",
           .where = server::wire::RequestClass::kUploadPatch,
           .behavior = SmallBodies(),
           .bodies_again = 2},
          {.name = "token", .where = server::wire::RequestClass::kToken, .behavior = Bearer()},
          {.name = "referrers", .where = server::wire::RequestClass::kReferrers, .behavior = ApiWithoutHeader()},
          {.name = "fallback tag GET",
           .where = server::wire::RequestClass::kManifestGet,
           .behavior = NoApi(),
           .path = "/manifests/sha256-"},
          {.name = "fallback tag PUT",
           .where = server::wire::RequestClass::kManifestPut,
           .behavior = NoApi(),
           .path = "/manifests/sha256-"}};
}

FaultRow At(const Place& place, std::string name, server::behavior::Fault fault) {
  fault.where = place.where;
  fault.path_contains = place.path;
  FaultRow row = Named(absl::StrCat(name, " ", place.name), With(std::move(fault), place.behavior));
  row.mounts = place.mounts;
  row.bodies_again = place.bodies_again;
  row.large_layer =
      place.where == server::wire::RequestClass::kBlobHead || place.where == server::wire::RequestClass::kUploadPost ||
      place.where == server::wire::RequestClass::kUploadPut || place.where == server::wire::RequestClass::kUploadPatch;
  return row;
}

// What passes after two requests.
void AddPassing(Rows& rows) {
  for (const Place& place : Places()) {
    for (const int status : {408, 429, 500, 503}) {
      rows.push_back(At(place, absl::StrCat(status), Status(place.where, status)));
    }
    server::behavior::Fault later = Status(place.where, 429);
    later.retry_after = "3";
    rows.push_back(At(place, "429 Retry-After", later));
    rows.push_back(At(place, "drop at 0", {.kind = server::behavior::FaultKind::kDrop, .times = 2}));
    rows.push_back(At(place, "drop the answer", {.kind = server::behavior::FaultKind::kDropAnswer, .times = 2}));
    rows.push_back(
        At(place, "delay", {.kind = server::behavior::FaultKind::kDelay, .times = 3, .delay = absl::Seconds(5)}));
  }
  const Place manifest = {.name = "manifest-put", .where = server::wire::RequestClass::kManifestPut};
  for (const int status : {425, 499, 502, 504, 522}) {
    rows.push_back(At(manifest, absl::StrCat(status), Status(manifest.where, status)));
  }
  server::behavior::Fault later = Status(manifest.where, 503);
  later.retry_after = "3";
  rows.push_back(At(manifest, "503 Retry-After", later));
  server::behavior::Fault rate = Status(manifest.where, 403);
  rate.code = "TOOMANYREQUESTS";
  rows.push_back(At(manifest, "403 rate limit", rate));
  for (const int64_t bytes : {20, 1 << 20}) {
    const server::behavior::Fault drop = {.kind = server::behavior::FaultKind::kDrop,
                                          .where = server::wire::RequestClass::kUploadPut,
                                          .times = 2,
                                          .at = bytes};
    rows.push_back(Named(absl::StrCat("drop after ", bytes, " bytes of upload-put"), With(drop)));
  }
}

// Answers that are not what they should be. Those with a body that a push reads: tokens and referrers.
void AddSpoilt(Rows& rows) {
  for (const Place& place : Places()) {
    const bool tells_more = place.name == "token" || place.name == "referrers" || place.name == "fallback tag GET";
    if (!tells_more) continue;
    rows.push_back(At(place, "truncate", {.kind = server::behavior::FaultKind::kTruncate, .times = 2, .at = 5}));
    rows.push_back(At(place, "stall", {.kind = server::behavior::FaultKind::kStall, .times = 1, .at = 5}));
    rows.back().gives_up_soon = true;
  }
  const server::behavior::Fault lost = {.kind = server::behavior::FaultKind::kForgetBlob, .times = 1};
  rows.push_back(Named("a blob is unknown after 201", With(lost)));
  server::behavior::Fault always = lost;
  always.times = -1;
  rows.push_back(Named("blobs are unknown after 201 for ever", Fails(With(always))));
  const server::behavior::Fault digest = {.kind = server::behavior::FaultKind::kWrongDigest,
                                          .where = server::wire::RequestClass::kManifestPut};
  rows.push_back(Named("wrong digest manifest-put", Fails(With(digest))));
  server::behavior::Fault session = Status(server::wire::RequestClass::kUploadPut, 404);
  session.code = "BLOB_UPLOAD_UNKNOWN";
  rows.push_back(Named("404 BLOB_UPLOAD_UNKNOWN upload-put", With(session)));
  rows.push_back(Named("416 upload-put", With(Status(server::wire::RequestClass::kUploadPut, 416))));
  rows.push_back(Named("400 of a proxy upload-put", With(Status(server::wire::RequestClass::kUploadPut, 400))));
}

// What does not pass.
void AddLasting(Rows& rows) {
  rows.push_back(Named("403 blob-head", With(Status(server::wire::RequestClass::kBlobHead, 403, -1))));
  rows.push_back(Named("403 manifest-head", With(Status(server::wire::RequestClass::kManifestHead, 403, -1))));
  rows.push_back(Named("401 without challenge manifest-head",
                       Fails(With(Status(server::wire::RequestClass::kManifestHead, 401, -1)))));
  rows.push_back(
      Named("401 without challenge upload-put", Fails(With(Status(server::wire::RequestClass::kUploadPut, 401, -1)))));
  rows.push_back(Named("401 without challenge manifest-put",
                       Fails(With(Status(server::wire::RequestClass::kManifestPut, 401, -1)))));
  rows.push_back(Named("403 token", Fails(With(Status(server::wire::RequestClass::kToken, 403, -1), Bearer()))));
  rows.push_back(Named("413 upload-put", Fails(With(Status(server::wire::RequestClass::kUploadPut, 413, -1)))));
  rows.push_back(Named("413 manifest-put", Fails(With(Status(server::wire::RequestClass::kManifestPut, 413, -1)))));
  server::behavior::Fault denied = Status(server::wire::RequestClass::kManifestPut, 403, -1);
  denied.code = "DENIED";
  rows.push_back(Named("403 manifest-put", Fails(With(denied))));
  rows.push_back(
      Named("500 for ever manifest-put", Fails(With(Status(server::wire::RequestClass::kManifestPut, 500, -1)))));
  server::behavior::Fault rate = Status(server::wire::RequestClass::kUploadPost, 429, -1);
  rate.retry_after = "60";
  rows.push_back(Named("429 for ever upload-post", Fails(With(rate))));
  const server::behavior::Fault drop = {
      .kind = server::behavior::FaultKind::kDrop, .where = server::wire::RequestClass::kUploadPut, .at = 100};
  rows.push_back(Named("drop for ever upload-put", Fails(With(drop))));
  // Never a reason to fail the push.
  for (const int status : {403, 500}) {
    server::behavior::Fault fallback = Status(server::wire::RequestClass::kManifestPut, status, -1);
    fallback.path_contains = "/manifests/sha256-";
    rows.push_back(
        Named(absl::StrCat(status, " for ever fallback tag PUT"), Found(How::kFailed, With(fallback, NoApi()))));
  }
}

void AddAuthentication(Rows& rows) {
  const auth::Credentials right = {.username = "user", .password = "password"};
  rows.push_back({.name = "401 with Basic", .credentials = right});
  rows.back().behavior.auth.scheme = server::behavior::AuthScheme::kBasic;
  rows.push_back({.name = "401 with Bearer", .behavior = Bearer(), .credentials = right});
  rows.push_back({.name = "401, wrong password", .behavior = Bearer(), .credentials = right, .succeeds = false});
  rows.back().credentials.password = "wrong";
  // The client takes the token for good for a minute.
  server::behavior::Behavior expiring = Bearer();
  expiring.auth.lifetime = absl::Seconds(10);
  expiring.auth.tell_lifetime = false;
  for (const server::wire::RequestClass where :
       {server::wire::RequestClass::kUploadPut, server::wire::RequestClass::kManifestPut}) {
    const server::behavior::Fault slow = {
        .kind = server::behavior::FaultKind::kDelay, .where = where, .times = 1, .delay = absl::Seconds(11)};
    rows.push_back(
        Named(absl::StrCat("the token expires during ", server::wire::RequestClassName(where)), With(slow, expiring)));
  }
  server::behavior::Behavior get_only = Bearer();
  get_only.auth.post = false;
  rows.push_back({.name = "the token endpoint takes no POST", .behavior = get_only, .credentials = right});
}

void AddSwitches(Rows& rows) {
  const std::map<absl::string_view, How> hows = {
      {"no-api", How::kFallbackTag},         {"api-without-header", How::kApi},
      {"header-without-api", How::kApi},     {"referrers-405", How::kFallbackTag},
      {"referrers-html", How::kFallbackTag}, {"referrers-redirect", How::kFallbackTag},
      {"asynchronous-referrers", How::kApi}, {"missing-subject-refusal", How::kApi}};
  for (const server::behavior::BehaviorSwitch& known : server::behavior::BehaviorSwitches()) {
    FaultRow row = {.name = std::string(known.name)};
    known.turn_on(row.behavior);
    row.mounts = known.name == "no-mount" || known.name == "mount-401" || known.name == "mount-403";
    // The attestation manifest is refused, or the repository is not there.
    row.succeeds = known.name != "web-page" && known.name != "no-empty-config" && known.name != "image-configs-only" &&
                   known.name != "no-artifact-type" && known.name != "no-subject" &&
                   known.name != "no-new-repositories";
    if (known.name == "small-bodies") row.bodies_again = 2;
    if (const auto how = hows.find(known.name); how != hows.end()) row.how = how->second;
    rows.push_back(std::move(row));
  }
  for (const absl::string_view name : {"immutable-tags", "write-once-tags"}) {
    FaultRow row = {.name = absl::StrCat(name, ", and it is taken"), .succeeds = false, .tag_is_taken = true};
    server::behavior::BehaviorSwitchNamed(name)->turn_on(row.behavior);
    rows.push_back(std::move(row));
  }
  FaultRow reset =
      With({.kind = server::behavior::FaultKind::kDrop, .where = server::wire::RequestClass::kUploadPatch, .times = 1},
           SmallBodies());
  server::behavior::BehaviorSwitchNamed("reset-ends-session")->turn_on(reset.behavior);
  reset.bodies_again = 2;
  rows.push_back(Named("drop upload-patch, reset-ends-session", std::move(reset)));
  for (const absl::string_view name : {"no-chunks", "loses-chunks"}) {
    FaultRow row = {.name = absl::StrCat(name, ", small-bodies"), .behavior = SmallBodies(), .succeeds = false};
    server::behavior::BehaviorSwitchNamed(name)->turn_on(row.behavior);
    row.bodies_again = 6;
    rows.push_back(std::move(row));
  }
}

}  // namespace

std::vector<FaultRow> FaultRows() {
  Rows rows;
  AddSwitches(rows);
  AddAuthentication(rows);
  AddPassing(rows);
  AddSpoilt(rows);
  AddLasting(rows);
  return rows;
}

}  // namespace waybill::oci::registry::testing
