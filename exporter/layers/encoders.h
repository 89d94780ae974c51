// SPDX-License-Identifier: Apache-2.0
// The threads and the memory that all conversions of a process share.
#ifndef WAYBILL_EXPORTER_LAYERS_ENCODERS_H_
#define WAYBILL_EXPORTER_LAYERS_ENCODERS_H_

#include <memory>

#include "absl/base/call_once.h"
#include "oci/deflate/engine.h"

namespace waybill::exporter::layers {

// Starts no thread before the first layer is compressed. Thread-safe. Outlives what uses it.
class Encoders {
 public:
  // One thread for each processor besides the caller's.
  oci::deflate::Engine& deflate();

 private:
  absl::once_flag once_;
  std::unique_ptr<oci::deflate::Engine> deflate_;
};

}  // namespace waybill::exporter::layers

#endif  // WAYBILL_EXPORTER_LAYERS_ENCODERS_H_
