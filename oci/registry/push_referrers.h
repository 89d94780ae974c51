// SPDX-License-Identifier: Apache-2.0
// The part of a push that makes attestations findable by their subject.
#ifndef WAYBILL_OCI_REGISTRY_PUSH_REFERRERS_H_
#define WAYBILL_OCI_REGISTRY_PUSH_REFERRERS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/registry/fallback.h"
#include "oci/registry/host.h"
#include "oci/registry/push_request.h"
#include "oci/registry/referrers.h"

namespace waybill::oci::registry {

// A manifest with a subject that was just stored.
struct PushedReferrer {
  Descriptor subject;
  Descriptor entry;
  bool taken = false;  // the registry said OCI-Subject
};

// One per push; Deliver once. Not thread-safe.
class ReferrersDelivery {
 public:
  ReferrersDelivery(Host& host, const std::string& repository, Traffic& traffic, Fallback fallback)
      : host_(host), repository_(repository), referrers_(host, repository, traffic), fallback_(fallback) {}

  // Decides for each subject and writes the fallback tags that are needed, all entries of one subject at once.
  // Errors: with kAlways a tag that cannot be written, with kRequireApi a registry without the API; the context's.
  absl::Status Deliver(const Context& context, const std::vector<PushedReferrer>& pushed);

  std::vector<SubjectOutcome> outcomes() const;

 private:
  struct Subject {
    Descriptor descriptor;
    std::vector<Descriptor> entries;
    bool taken = true;
    std::optional<Referrers::FallbackState> state;
    SubjectOutcome outcome;
  };

  bool MayNeedTag(const Subject& subject) const;
  // Whether the registry lists them by itself; false when it fails to tell. Meanwhile the tags are read, so that
  // finding out costs no round trip of its own.
  absl::StatusOr<bool> AskForApi(const Context& context, const std::vector<Subject*>& subjects);
  absl::Status Write(const Context& context, Subject& subject);

  Host& host_;
  const std::string repository_;
  Referrers referrers_;
  const Fallback fallback_;
  std::map<Digest, Subject> subjects_;
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_PUSH_REFERRERS_H_
