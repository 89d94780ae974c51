// SPDX-License-Identifier: Apache-2.0
// Images out of OCI layouts: directories and archives.
#ifndef WAYBILL_OCI_LAYOUT_READER_H_
#define WAYBILL_OCI_LAYOUT_READER_H_

#include <memory>
#include <string>

#include "oci/content/content.h"
#include "oci/content/referrers.h"
#include "oci/image/manifest.h"
#include "oci/layout/referrers.h"

namespace waybill::oci::layout {

// A layout that exists: its index, and its blobs by digest. Bytes are not verified here (content::Fetcher). Blobs are
// found by digest only, so that no path in a document leads anywhere. Thread-safe.
class LayoutReader : public content::Fetcher,
                     public content::Resolver,
                     public content::ReferrerLister,
                     public content::TagLister {
 public:
  // index.json; FindImage (layout.h) looks up names in it.
  virtual const image::Index& index() const = 0;
  // What FindImage finds, or for a digest the manifest or index inside one of the layout's indexes.
  absl::StatusOr<Descriptor> Resolve(const Context& context, absl::string_view name) override;
  absl::StatusOr<content::ReferrerList> ListReferrers(const Context& context, const Digest& subject,
                                                      size_t limit) override;
  // The reference names in the index.
  absl::StatusOr<content::TagList> ListTags(const Context& context, size_t limit) override;

 private:
  SubjectMap subjects_;
};

// Errors: NOT_FOUND naming a file that is missing; INVALID_ARGUMENT or UNIMPLEMENTED naming one that is not as it
// should be (kind, version, size, syntax).
absl::StatusOr<std::unique_ptr<LayoutReader>> OpenDirectory(const Context& context, const std::string& root);

// Reads the archive's headers once and keeps where each blob is; nothing is extracted. Compressed archives are
// UNIMPLEMENTED.
absl::StatusOr<std::unique_ptr<LayoutReader>> OpenArchive(const Context& context, const std::string& path);

}  // namespace waybill::oci::layout

#endif  // WAYBILL_OCI_LAYOUT_READER_H_
