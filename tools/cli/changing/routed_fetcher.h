// SPDX-License-Identifier: Apache-2.0
// Blobs of several images, each out of the place where its image lies.
#ifndef WAYBILL_TOOLS_CLI_CHANGING_ROUTED_FETCHER_H_
#define WAYBILL_TOOLS_CLI_CHANGING_ROUTED_FETCHER_H_

#include <map>
#include <memory>

#include "absl/status/statusor.h"
#include "attest/reader/tree.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"

namespace waybill::cli::changing {

// A registry tells only when a blob is opened that it does not have it (oci/places/open_image.h), so that trying one
// place after the other is not possible. Add everything before the first Fetch, which is thread-safe then.
class RoutedFetcher : public oci::content::Fetcher {
 public:
  // What the tree names comes from `place`, which must outlive this, unless an earlier place has it.
  void Add(const attest::reader::ImageTree& tree, oci::content::Fetcher& place);
  // Errors: NOT_FOUND for what no tree names; the place's.
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override;

 private:
  std::map<oci::Digest, oci::content::Fetcher*> places_;
};

}  // namespace waybill::cli::changing

#endif  // WAYBILL_TOOLS_CLI_CHANGING_ROUTED_FETCHER_H_
