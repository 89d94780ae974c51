// SPDX-License-Identifier: Apache-2.0
// Writes result bundles (docs/result-directory.md) of a given shape, for measurements.
#ifndef WAYBILL_TOOLS_BENCH_RESULT_MAKER_H_
#define WAYBILL_TOOLS_BENCH_RESULT_MAKER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace waybill::bench {

struct Shape {
  int layers = 40;
  int64_t layer_bytes = 10 << 20;
  // kRandom: bytes that do not compress, the same in each run. kSparse: zeros that take no space on disk.
  enum class Fill { kRandom, kSparse };
  Fill fill = Fill::kRandom;
};

// Makes `directory` a bundle of one linux/amd64 image whose layers say that they are gzip, as they would come from a
// build. With kSparse all layers are one blob.
absl::Status MakeResult(const std::string& directory, const Shape& shape);

}  // namespace waybill::bench

#endif  // WAYBILL_TOOLS_BENCH_RESULT_MAKER_H_
