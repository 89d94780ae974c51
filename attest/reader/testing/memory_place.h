// SPDX-License-Identifier: Apache-2.0
// A place with images in memory: blobs, names and lists of referrers, which a test fills as it likes.
#ifndef WAYBILL_ATTEST_READER_TESTING_MEMORY_PLACE_H_
#define WAYBILL_ATTEST_READER_TESTING_MEMORY_PLACE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "attest/manifest.h"
#include "attest/reader/reader.h"
#include "oci/content/content.h"
#include "oci/content/referrers.h"
#include "oci/content/store/memory_store.h"
#include "oci/descriptor.h"
#include "oci/image/manifest.h"

namespace waybill::attest::reader::testing {

// Fill it before it is read; reading is thread-safe.
class MemoryPlace : public oci::content::Fetcher, public oci::content::Resolver, public oci::content::ReferrerLister {
 public:
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;
  absl::StatusOr<oci::Descriptor> Resolve(const oci::Context& context, absl::string_view name) override;
  absl::StatusOr<oci::content::ReferrerList> ListReferrers(const oci::Context& context, const oci::Digest& subject,
                                                           size_t limit) override;
  Place roles() { return {.content = *this, .names = *this, .referrers = *this}; }

  // Each puts bytes in and describes them.
  oci::Descriptor Blob(absl::string_view media_type, std::string bytes);
  oci::Descriptor Manifest(const oci::image::Manifest& manifest);
  oci::Descriptor Index(std::vector<oci::Descriptor> manifests);
  // An image of that architecture, without layers but for one of a few bytes, as an index lists it.
  oci::Descriptor Image(const std::string& architecture);
  // A statement about the image, as a layer of an attestation manifest.
  oci::Descriptor Statement(const oci::Descriptor& image, const std::string& predicate_type);
  // An attestation manifest as an index lists it.
  oci::Descriptor Attestation(AttestationForm form, const oci::Descriptor& image,
                              const std::vector<oci::Descriptor>& statements);
  // An artifact with one blob, which refers to `subject`, and an entry in the subject's list.
  oci::Descriptor Artifact(const oci::Descriptor& subject, const std::string& type, std::string bytes);
  void List(const oci::Digest& subject, const oci::Descriptor& entry,
            oci::content::ReferrerPlace place = oci::content::ReferrerPlace::kApi);
  void Tag(const std::string& name, const oci::Descriptor& root) { names_.insert_or_assign(name, root); }
  // What a fetch of that digest gives instead: a place that lies.
  void Replace(const oci::Digest& digest, std::string bytes) { replaced_[digest] = std::move(bytes); }

  // Manifests and blobs that were fetched, each time.
  int fetches() const;

 private:
  oci::content::store::MemoryStore store_;
  std::map<std::string, oci::Descriptor> names_;
  std::map<oci::Digest, std::vector<oci::content::Referrer>> referrers_;
  std::map<oci::Digest, std::string> replaced_;
  mutable absl::Mutex mutex_;
  int fetches_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace waybill::attest::reader::testing

#endif  // WAYBILL_ATTEST_READER_TESTING_MEMORY_PLACE_H_
