// SPDX-License-Identifier: Apache-2.0
#include "oci/content/union_fetcher.h"

#include "oci/error.h"

namespace waybill::oci::content {

absl::StatusOr<std::unique_ptr<io::Source>> UnionFetcher::Fetch(const Context& context, const Descriptor& descriptor) {
  for (Fetcher* const fetcher : fetchers_) {
    absl::StatusOr<std::unique_ptr<io::Source>> source = fetcher->Fetch(context, descriptor);
    if (source.ok() || ReasonOf(source.status()) != Reason::kNotFound) return source;
  }
  return BlobNotFound(descriptor.digest);
}

}  // namespace waybill::oci::content
