// SPDX-License-Identifier: Apache-2.0
#include "exporter/layers/encoders.h"

#include <algorithm>
#include <thread>

namespace waybill::exporter::layers {

oci::deflate::Engine& Encoders::deflate() {
  absl::call_once(once_, [this] {
    const int processors = static_cast<int>(std::thread::hardware_concurrency());
    deflate_ = std::make_unique<oci::deflate::Engine>(std::clamp(processors, 1, 64));
  });
  return *deflate_;
}

}  // namespace waybill::exporter::layers
