// SPDX-License-Identifier: Apache-2.0
// What refers to a manifest: asked from the registry's API, or read from and kept in the fallback tag
// (distribution-spec, "Listing Referrers", "Pushing Manifests with Subject").
#ifndef WAYBILL_OCI_REGISTRY_REFERRERS_REFERRERS_H_
#define WAYBILL_OCI_REGISTRY_REFERRERS_REFERRERS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/content/referrers.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/registry/host.h"
#include "oci/registry/referrers/shared_tag.h"
#include "oci/registry/transfer/manifests.h"

namespace waybill::oci::registry::referrers {

// A list of referrers is untrusted: pages and their sizes are bounded.
inline constexpr int kMaxReferrerPages = 1000;
inline constexpr int64_t kMaxReferrerPageBytes = 4 << 20;
inline constexpr int64_t kMaxReferrerBytes = 64 << 20;  // of all pages

// Thread-safe. Host and traffic must outlive it.
class Referrers : public content::ReferrerLister {
 public:
  Referrers(Host& host, std::string repository, Traffic& traffic)
      : host_(host), repository_(repository), traffic_(traffic), manifests_(host, repository, traffic) {}

  // All referrers of `subject`, only those of `artifact_type` unless it is empty. Entries are claims: whoever follows
  // one checks that the manifest's subject is this one. Errors: a registry that fails (not one without the API); a
  // document that is no index.
  absl::StatusOr<std::vector<Descriptor>> List(const Context& context, const Digest& subject,
                                               const std::string& artifact_type);

  // The same as the role, for readers that ask about many subjects: whether the repository has the API is asked once
  // and remembered by the host. Reads no page more than it needs.
  absl::StatusOr<content::ReferrerList> ListReferrers(const Context& context, const Digest& subject,
                                                      size_t limit) override;

  // Whether the repository has the API; asked once and remembered by the host.
  absl::StatusOr<bool> HasApi(const Context& context, const Digest& subject);

  // The fallback tag of a subject as it stands.
  absl::StatusOr<TagState> ReadFallback(const Context& context, const Digest& subject);
  // Whether the tag has all entries as they are.
  static bool Lists(const TagState& state, const std::vector<Descriptor>& entries);

  // Adds `entries` to the tag of `subject`, keeping what others wrote (SharedTag::Write).
  absl::StatusOr<TagWrite> WriteFallback(const Context& context, const Descriptor& subject,
                                         const std::vector<Descriptor>& entries, std::optional<TagState> state);

 private:
  struct Page {
    std::vector<Descriptor> entries;
    std::string next;  // "" at the end
    bool filtered = false;
    int64_t bytes = 0;
  };
  // Nothing when the registry has no API.
  absl::StatusOr<std::optional<Page>> GetPage(const Context& context, const std::string& target);
  // `limit` bounds the entries, or comes close.
  absl::StatusOr<std::optional<std::vector<Descriptor>>> ListByApi(const Context& context, const Digest& subject,
                                                                   const std::string& artifact_type, size_t limit);
  absl::StatusOr<std::vector<Descriptor>> ListByTag(const Context& context, const Digest& subject);
  SharedTag FallbackTag(const Digest& subject) const;

  Host& host_;
  const std::string repository_;
  Traffic& traffic_;
  transfer::Manifests manifests_;
};

}  // namespace waybill::oci::registry::referrers

#endif  // WAYBILL_OCI_REGISTRY_REFERRERS_REFERRERS_H_
