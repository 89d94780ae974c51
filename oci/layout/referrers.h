// SPDX-License-Identifier: Apache-2.0
// What a layout says about referrers. The specification has no place for them; three are in use.
#ifndef WAYBILL_OCI_LAYOUT_REFERRERS_H_
#define WAYBILL_OCI_LAYOUT_REFERRERS_H_

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "oci/content/content.h"
#include "oci/content/referrers.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image/manifest.h"

namespace waybill::oci::layout {

// The subject of the manifest or index `referrer`. Errors: INVALID_ARGUMENT for one without; those of the content; each
// names the referrer.
absl::StatusOr<Descriptor> ReadSubject(const Context& context, content::Fetcher& content, const Descriptor& referrer);

// What index.json says of it, so that containerd and buildx find it by its subject. Errors: those of ReadSubject.
absl::StatusOr<Descriptor> ReferrerEntry(const Context& context, content::Fetcher& content, const Descriptor& referrer);

// By subject: the entries of index.json whose manifests have it, as oras-go writes them. The manifests are read once,
// the first time that a list is asked for. Thread-safe.
class SubjectMap {
 public:
  using Entries = std::map<Digest, std::vector<Descriptor>>;
  // Entries that cannot be read, or that come after 64 MiB of others, have no subject. Errors: INVALID_ARGUMENT for
  // more entries than an image's graph may have; the context's.
  absl::StatusOr<const Entries*> Of(const Context& context, content::Fetcher& blobs, const image::Index& index);

 private:
  absl::Mutex mutex_;
  std::optional<Entries> entries_ ABSL_GUARDED_BY(mutex_);  // never changed afterwards
};

// The three places: entries with the annotation io.containerd.manifest.subject (containerd, buildx, docker save); the
// index whose reference name is the referrers tag (regclient); entries whose manifest has the subject (oras-go). Each
// digest once. Errors: those of SubjectMap; of the index behind the tag.
absl::StatusOr<content::ReferrerList> ListLayoutReferrers(const Context& context, content::Fetcher& blobs,
                                                          const image::Index& index, SubjectMap& subjects,
                                                          const Digest& subject, size_t limit);

}  // namespace waybill::oci::layout

#endif  // WAYBILL_OCI_LAYOUT_REFERRERS_H_
