// SPDX-License-Identifier: Apache-2.0
// oci/compress: any bytes are read to an end or an error.
#include <string>
#include <utility>

#include "oci/compress/compression.h"
#include "oci/context.h"
#include "oci/io/string.h"
#include "tools/fuzz/require.h"

namespace oci = waybill::oci;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr int64_t kMostBytes = 8 << 20;  // a small input may claim gigabytes
  const oci::io::StringSource source{std::string(waybill::fuzz::View(data, size))};
  auto raw = source.Open(oci::Context(), 0);
  waybill::fuzz::Require(raw.ok(), "a string opens");
  const auto reader = oci::compress::NewDecompressor(*std::move(raw));
  if (!reader.ok()) return 0;
  std::string buffer(64 << 10, '\0');
  for (int64_t total = 0; total < kMostBytes;) {
    const auto count = (*reader)->Read(absl::MakeSpan(&buffer[0], buffer.size()));
    if (!count.ok() || *count == 0) break;
    waybill::fuzz::Require(*count <= buffer.size(), "a read fits the buffer");
    total += static_cast<int64_t>(*count);
  }
  return 0;
}
