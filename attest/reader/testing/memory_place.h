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
#include "attest/reader/reader.h"
#include "oci/content/content.h"
#include "oci/content/referrers.h"
#include "oci/content/store/memory_store.h"
#include "oci/descriptor.h"

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

  // Puts bytes in and describes them.
  oci::Descriptor Add(absl::string_view media_type, std::string bytes);
  // An entry in the list of what refers to `subject`.
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
