// SPDX-License-Identifier: Apache-2.0
// Several sources of blobs as one.
#ifndef WAYBILL_OCI_CONTENT_UNION_FETCHER_H_
#define WAYBILL_OCI_CONTENT_UNION_FETCHER_H_

#include <memory>
#include <utility>
#include <vector>

#include "oci/content/content.h"

namespace waybill::oci::content {

// Asks each in turn; the first that has the blob gives it. Only NOT_FOUND leads to the next: any other failure is
// returned as it is. The fetchers must outlive this.
class UnionFetcher : public Fetcher {
 public:
  explicit UnionFetcher(std::vector<Fetcher*> fetchers) : fetchers_(std::move(fetchers)) {}
  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override;

 private:
  const std::vector<Fetcher*> fetchers_;
};

}  // namespace waybill::oci::content

#endif  // WAYBILL_OCI_CONTENT_UNION_FETCHER_H_
