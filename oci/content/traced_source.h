// SPDX-License-Identifier: Apache-2.0
// A source under way in CopyGraph: it remembers whether a failure was its own, and tells how far it was read.
#ifndef WAYBILL_OCI_CONTENT_TRACED_SOURCE_H_
#define WAYBILL_OCI_CONTENT_TRACED_SOURCE_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "oci/io/stream.h"

namespace waybill::oci::content {

// Errors of the inner source and its readers get the prefix "source: blob <item>"; bytes read are reported to the
// context of Open as kTransferring events of `item`, at most one per MiB.
class TracedSource : public io::Source {
 public:
  // Set when opening or reading failed. Shared: a target may keep the source after its pusher stopped looking.
  using Failed = std::shared_ptr<std::atomic<bool>>;

  TracedSource(std::unique_ptr<io::Source> inner, std::string item, Failed failed)
      : inner_(std::move(inner)), item_(std::move(item)), failed_(std::move(failed)) {}

  int64_t size() const override { return inner_->size(); }
  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context& context, int64_t offset) const override;

 private:
  class Reader;

  absl::Status OwnFailure(const absl::Status& status) const;

  const std::unique_ptr<io::Source> inner_;
  const std::string item_;
  const Failed failed_;
};

}  // namespace waybill::oci::content

#endif  // WAYBILL_OCI_CONTENT_TRACED_SOURCE_H_
