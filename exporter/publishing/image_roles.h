// SPDX-License-Identifier: Apache-2.0
// A finished image in the roles of a place, so that the reader of images reads it before it is delivered.
#ifndef WAYBILL_EXPORTER_PUBLISHING_IMAGE_ROLES_H_
#define WAYBILL_EXPORTER_PUBLISHING_IMAGE_ROLES_H_

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/reader/reader.h"
#include "attest/reader/tree.h"
#include "exporter/deliver.h"
#include "oci/content/content.h"
#include "oci/content/referrers.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::exporter::publishing {

// `image` with that root and content; everything else as it is.
Image WithContent(const Image& image, oci::Descriptor root, oci::content::Fetcher& content);

// Every name is that of the root.
class RootName final : public oci::content::Resolver {
 public:
  explicit RootName(oci::Descriptor root) : root_(std::move(root)) {}
  absl::StatusOr<oci::Descriptor> Resolve(const oci::Context&, absl::string_view) override { return root_; }

 private:
  const oci::Descriptor root_;
};

// The image's referrers by their subjects.
class GivenReferrers final : public oci::content::ReferrerLister {
 public:
  // Reads their manifests. Errors: those of the content; INVALID_ARGUMENT for one without a subject.
  static absl::StatusOr<GivenReferrers> Read(const oci::Context& context, const Image& image);
  absl::StatusOr<oci::content::ReferrerList> ListReferrers(const oci::Context& context, const oci::Digest& subject,
                                                           size_t limit) override;

 private:
  std::map<oci::Digest, std::vector<oci::Descriptor>> referrers_;
};

// The image with everything that is about it. Errors: those of ReadImage.
absl::StatusOr<attest::reader::ImageTree> ReadTree(const oci::Context& context, const Image& image,
                                                   const attest::reader::ReadOptions& options);

}  // namespace waybill::exporter::publishing

#endif  // WAYBILL_EXPORTER_PUBLISHING_IMAGE_ROLES_H_
