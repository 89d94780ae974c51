// SPDX-License-Identifier: Apache-2.0
// What a push is asked for and what came of it, as values.
#ifndef WAYBILL_OCI_REGISTRY_PUSH_PUSH_REQUEST_H_
#define WAYBILL_OCI_REGISTRY_PUSH_PUSH_REQUEST_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image/document.h"
#include "oci/registry/config/fallback.h"
#include "oci/registry/host.h"
#include "oci/registry/push/delivered_blobs.h"

namespace waybill::oci::registry::push {

// A tag of the same repository that others write too, and what the push adds to it.
struct SharedTagEdit {
  std::string tag;
  std::vector<Descriptor> blobs;  // that are added, of the push's content
  // The manifest that comes after `current` ("" for none) and its config; the bytes of `current`, when it has
  // everything already. Called again whenever somebody else has written. An error leaves the tag alone.
  std::function<absl::StatusOr<image::ManifestDocuments>(absl::string_view current)> edit;
};

// In which order the referrers of one subject are stored, and so listed by registries with the API.
struct ReferrerOrder {
  bool at_once = false;        // false: one after another, in the order of the plan
  std::set<Digest> last = {};  // with `at_once`: those that come after the others
};

struct PushRequest {
  Descriptor root;
  std::vector<Descriptor> referrers;  // manifests that go along without being in an index
  ReferrerOrder order = {};
  content::Fetcher& content;
  std::string repository;
  std::vector<std::string> tags;  // none: by digest only
  // Written before `tags`; a push that cannot write one fails and tags nothing.
  std::vector<SharedTagEdit> shared_tags = {};
  config::Fallback fallback = config::Fallback::kAuto;
  std::vector<std::string> mount_from;  // repositories of the host that may have the blobs
  // Repositories of the host that are known to have a blob; for these blobs they are tried instead.
  std::map<Digest, std::vector<std::string>> origins = {};
  // Called when everything but the tags is there and referrers are listed as far as they can be. After an error nothing
  // is tagged. Empty: tags do not wait for fallback tags.
  std::function<absl::Status(const Context&)> before_tags = nullptr;
  // What pushes to the same repository have delivered just now, and what this one delivers; nullptr: nothing.
  DeliveredBlobs* delivered = nullptr;
  // Counts what the push costs on top of what it holds, also when the push fails; nullptr: nobody else wants to know.
  Traffic* traffic = nullptr;
};

// What is known about finding a subject's referrers afterwards.
struct SubjectOutcome {
  enum class How { kApi, kFallbackTag, kNone, kFailed };
  Digest subject;
  How how = How::kNone;
  std::string reason;  // for kFailed
};

struct PushReport {
  Digest digest;
  std::vector<std::string> tags;  // that point to it now
  std::vector<SubjectOutcome> subjects;
  std::vector<std::string> warnings;
  int64_t requests = 0;  // this and what follows: of the request's traffic
  int64_t bytes_sent = 0;
  int64_t bytes_again = 0;
};

struct PushOutcome {
  absl::StatusOr<PushReport> report;
  // The attestation manifest that the error in `report` is about, if the registry took the images and refused it. The
  // policy above decides what to push instead.
  std::optional<Digest> refused_attestation = {};
};

}  // namespace waybill::oci::registry::push

#endif  // WAYBILL_OCI_REGISTRY_PUSH_PUSH_REQUEST_H_
