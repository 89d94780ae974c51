// SPDX-License-Identifier: Apache-2.0
// What blobs on their way in may take of a store.
#ifndef WAYBILL_OCI_CONTENT_STORE_BUDGET_H_
#define WAYBILL_OCI_CONTENT_STORE_BUDGET_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace waybill::oci::content::store {

// Counts ingests and their bytes, in all and for each owner, and says when there is too much. An owner is a name that
// the writer's side chose; "" is one like any other. Thread-safe. May block: it may remove blobs to make room.
class Budget {
 public:
  enum class Ended { kDropped, kCommitted };

  virtual ~Budget() = default;
  // One more ingest. RESOURCE_EXHAUSTED when there are too many, and then it does not count.
  virtual absl::Status Begin(absl::string_view owner) = 0;
  // So many more bytes; fewer, when negative, which is always OK. RESOURCE_EXHAUSTED when there is no room.
  virtual absl::Status Grow(absl::string_view owner, int64_t bytes) = 0;
  // An ingest ended with so many bytes. Those of one that was committed are a blob's now.
  virtual void End(absl::string_view owner, int64_t bytes, Ended ended) = 0;
};

}  // namespace waybill::oci::content::store

#endif  // WAYBILL_OCI_CONTENT_STORE_BUDGET_H_
