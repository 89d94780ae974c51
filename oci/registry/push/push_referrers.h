// SPDX-License-Identifier: Apache-2.0
// The part of a push that makes attestations findable by their subject.
#ifndef WAYBILL_OCI_REGISTRY_PUSH_PUSH_REFERRERS_H_
#define WAYBILL_OCI_REGISTRY_PUSH_PUSH_REFERRERS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/registry/config/fallback.h"
#include "oci/registry/host.h"
#include "oci/registry/push/push_request.h"
#include "oci/registry/referrers/referrers.h"

namespace waybill::oci::registry::push {

// A manifest with a subject.
struct StoredReferrer {
  Descriptor subject;
  Descriptor entry;
  std::optional<bool> taken;  // whether the registry said OCI-Subject; nothing: it was there before
};

// One per push; Deliver once. Not thread-safe.
class ReferrersDelivery {
 public:
  // `store_again` puts a referrer once more; nullptr where the referrers of one subject came one after another. What it
  // names must outlive this.
  using StoreAgain = std::function<absl::Status(const Context&, const Digest& referrer)>;
  ReferrersDelivery(Host& host, const std::string& repository, Traffic& traffic, config::Fallback fallback,
                    StoreAgain store_again)
      : host_(host),
        repository_(repository),
        referrers_(host, repository, traffic),
        fallback_(fallback),
        store_again_(std::move(store_again)) {}

  // Decides for each subject and writes the fallback tags that are needed, all entries of one subject at once.
  // Errors: with kAlways a tag that cannot be written, with kRequireApi a registry that has no API or fails to tell;
  // the context's.
  absl::Status Deliver(const Context& context, const std::vector<StoredReferrer>& referrers);

  std::vector<SubjectOutcome> outcomes() const;

 private:
  struct PendingSubject {
    Descriptor descriptor;
    std::vector<Descriptor> entries;
    int taken = 0;      // of these, how many with OCI-Subject
    int not_taken = 0;  // and without
    std::optional<referrers::TagState> state;
    std::optional<SubjectOutcome> outcome;  // once it is known
  };
  using Subjects = std::vector<PendingSubject*>;

  void Add(const StoredReferrer& referrer);
  // Believes what the registry said when it stored them.
  void SettleByHeader();
  // Registries may lose one of several referrers that come at once from their list (olareg 0.1.2 does): what the list
  // lacks is stored again, one after another.
  absl::Status CheckLists(const Context& context);
  absl::Status CheckList(const Context& context, const PendingSubject& subject);
  Subjects open();
  void Settle(const Subjects& subjects, SubjectOutcome::How how, const std::string& reason = "");
  absl::Status RequireApi(const Context& context);
  // Settles those that the registry lists by itself, and those whose tag is complete; the rest needs its tag.
  absl::Status FindOut(const Context& context);
  // Reads the tags while `ask` runs. What cannot be read stays unknown.
  absl::Status ReadTags(const Context& context, const Subjects& subjects,
                        const std::function<absl::Status(const Context&)>& ask);
  absl::Status Write(const Context& context, PendingSubject& subject);

  Host& host_;
  const std::string repository_;
  referrers::Referrers referrers_;
  const config::Fallback fallback_;
  const StoreAgain store_again_;
  std::map<Digest, PendingSubject> subjects_;
};

}  // namespace waybill::oci::registry::push

#endif  // WAYBILL_OCI_REGISTRY_PUSH_PUSH_REFERRERS_H_
