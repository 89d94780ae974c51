// SPDX-License-Identifier: Apache-2.0
// The gzip members of an eStargz layer, with the bytes of Go's deflate as BuildKit writes them.
#ifndef WAYBILL_OCI_LAYER_MEMBERS_H_
#define WAYBILL_OCI_LAYER_MEMBERS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "oci/deflate/engine.h"
#include "oci/io/stream.h"
#include "oci/layer/estargz.h"

namespace waybill::oci::layer {

// `engine` must outlive it. Begin fails with INVALID_ARGUMENT for a level that Go does not have.
class DeflateMembers : public GzipMembers {
 public:
  DeflateMembers(deflate::Engine& engine, int level) : engine_(engine), level_(level) {}
  absl::StatusOr<std::unique_ptr<GzipMember>> Begin(io::Writer& to) override;

 private:
  deflate::Engine& engine_;
  const int level_;
};

}  // namespace waybill::oci::layer

#endif  // WAYBILL_OCI_LAYER_MEMBERS_H_
