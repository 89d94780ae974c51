// SPDX-License-Identifier: Apache-2.0
// The roles beside Fetcher that find things: names to manifests, manifests to what refers
// to them, and the names themselves.
#ifndef WAYBILL_OCI_CONTENT_REFERRERS_H_
#define WAYBILL_OCI_CONTENT_REFERRERS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::oci::content {

// All roles: safe to call from several threads at once.

class Resolver {
 public:
  virtual ~Resolver() = default;
  // The manifest or index that `name` stands for: a tag, a name of the place's own kind, or a digest. Errors: NOT_FOUND
  // naming it.
  virtual absl::StatusOr<Descriptor> Resolve(const Context& context, absl::string_view name) = 0;
};

// Where a list of referrers comes from.
enum class ReferrerPlace {
  kApi,          // a registry's Referrers API (distribution-spec, "Listing Referrers")
  kFallbackTag,  // the tag that stands in for it, in a registry or a layout
  kLayout,       // a layout's index.json: the annotation io.containerd.manifest.subject, or an entry with the subject
};

struct Referrer {
  Descriptor descriptor;  // as it is listed
  ReferrerPlace place = ReferrerPlace::kApi;
};

struct ReferrerList {
  std::vector<Referrer> referrers;
  bool is_cut = false;  // there are more than were asked for
};

class ReferrerLister {
 public:
  virtual ~ReferrerLister() = default;
  // What is listed as referring to the manifest `subject`, of every artifact type, `limit` of them at most. Entries are
  // claims: whoever follows one checks that its subject is this one. A place that keeps no referrers lists none.
  virtual absl::StatusOr<ReferrerList> ListReferrers(const Context& context, const Digest& subject, size_t limit) = 0;
};

struct TagList {
  std::vector<std::string> tags;  // sorted, each once
  bool is_cut = false;            // there are more than were asked for
};

class TagLister {
 public:
  virtual ~TagLister() = default;
  // The tags of the place, those that stand for referrers included; `limit` of them at most.
  virtual absl::StatusOr<TagList> ListTags(const Context& context, size_t limit) = 0;
};

}  // namespace waybill::oci::content

#endif  // WAYBILL_OCI_CONTENT_REFERRERS_H_
