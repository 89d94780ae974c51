// SPDX-License-Identifier: Apache-2.0
// Images copied from any place to any other, with all that refers to them. Manifests, statements and signatures pass as
// the bytes that they are, so that every digest stays.
#ifndef WAYBILL_OCI_COPY_IMAGE_COPY_H_
#define WAYBILL_OCI_COPY_IMAGE_COPY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/copy/collection.h"
#include "oci/copy/kept_documents.h"
#include "oci/places/image_name.h"
#include "oci/places/open_image.h"
#include "oci/places/publisher.h"
#include "oci/registry/push/push_request.h"

namespace waybill::oci::copy {

struct Copied {
  Collection collection;
  registry::push::PushReport report;
};

// Source and destination must outlive it. Not thread-safe.
class ImageCopy {
 public:
  ImageCopy(places::OpenedImage& source, places::Publisher& destination, CollectOptions options)
      : source_(source), destination_(destination), options_(std::move(options)), documents_(source.content()) {}

  // Copies what is collected from `root`, a manifest or an index of the source, and gives it the tags. When it fails no
  // tag is moved. Errors: those of Collect and of Publisher::Publish.
  absl::StatusOr<Copied> Copy(const Context& context, const Descriptor& root, const std::vector<std::string>& tags);

  // Publisher::Finish, after the last image.
  absl::Status Finish(const Context& context) { return destination_.Finish(context); }

 private:
  places::OpenedImage& source_;
  places::Publisher& destination_;
  const CollectOptions options_;
  KeptDocuments documents_;
  bool listed_ = false;  // `tags_` is what could be listed
  CompanionTags tags_;
};

}  // namespace waybill::oci::copy

#endif  // WAYBILL_OCI_COPY_IMAGE_COPY_H_
