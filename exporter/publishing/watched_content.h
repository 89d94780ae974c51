// SPDX-License-Identifier: Apache-2.0
// Content of an image whose provenance is looked at for secrets while it is read.
#ifndef WAYBILL_EXPORTER_PUBLISHING_WATCHED_CONTENT_H_
#define WAYBILL_EXPORTER_PUBLISHING_WATCHED_CONTENT_H_

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "attest/secrets/secret_scanner.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::exporter::publishing {

// More places are only counted.
inline constexpr size_t kPlacesTold = 20;

// Places of secrets in the statements of one image: platforms have the same ones. Thread-safe.
class SecretPlaces {
 public:
  // Whether the statement has not been read to its end, and nobody else reads it.
  bool Claim(const oci::Digest& statement);
  // It was not read to its end.
  void Release(const oci::Digest& statement);
  // It was. `status` tells whether it is JSON.
  void Add(const oci::Digest& statement, const attest::secrets::SecretScanner& scanner, const absl::Status& status);

  // "what looks like a GitHub token at PATH", ..., and "N more" at the end.
  std::vector<std::string> Tell() const;
  // INVALID_ARGUMENT naming a statement that is no JSON, so that nothing is known of it.
  absl::Status fault() const;

 private:
  mutable absl::Mutex mutex_;
  std::set<oci::Digest> claimed_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> paths_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> told_ ABSL_GUARDED_BY(mutex_);  // the first kPlacesTold
  size_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status fault_ ABSL_GUARDED_BY(mutex_);
};

// Whether the blob is a statement that is provenance, by its annotation, or may be.
bool IsWatched(const oci::Descriptor& descriptor);

// Gives the same bytes as `content`, and adds to `places` what is in provenance that is read from its first byte to its
// last; of several readers at once, one looks. Both must outlive it and its sources.
class WatchedContent final : public oci::content::Fetcher {
 public:
  WatchedContent(oci::content::Fetcher& content, SecretPlaces& places) : content_(content), places_(places) {}
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;

 private:
  oci::content::Fetcher& content_;
  SecretPlaces& places_;
};

}  // namespace waybill::exporter::publishing

#endif  // WAYBILL_EXPORTER_PUBLISHING_WATCHED_CONTENT_H_
