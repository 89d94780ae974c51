// SPDX-License-Identifier: Apache-2.0
// The tags of one repository (distribution-spec, "Listing Tags").
#ifndef WAYBILL_OCI_REGISTRY_TRANSFER_TAGS_H_
#define WAYBILL_OCI_REGISTRY_TRANSFER_TAGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "oci/content/referrers.h"
#include "oci/context.h"
#include "oci/registry/host.h"

namespace waybill::oci::registry::transfer {

// A list of tags is untrusted: pages and their sizes are bounded.
inline constexpr int kMaxTagPages = 1000;
inline constexpr int64_t kMaxTagPageBytes = 4 << 20;

// Thread-safe. Host and traffic must outlive it.
class Tags : public content::TagLister {
 public:
  Tags(Host& host, std::string repository, Traffic& traffic)
      : host_(host), repository_(std::move(repository)), traffic_(traffic) {}

  // Reads no page more than it needs. Errors: NOT_FOUND for a repository that is not there; the registry's; kRefused
  // for a list that is none, and for endless ones.
  absl::StatusOr<content::TagList> ListTags(const Context& context, size_t limit) override;

 private:
  struct Page {
    std::vector<std::string> tags;
    std::string next;  // "" at the end
  };
  absl::StatusOr<Page> GetPage(const Context& context, const std::string& target);

  Host& host_;
  const std::string repository_;
  Traffic& traffic_;
};

}  // namespace waybill::oci::registry::transfer

#endif  // WAYBILL_OCI_REGISTRY_TRANSFER_TAGS_H_
