// SPDX-License-Identifier: Apache-2.0
// Which compression bytes have, and readers that undo it.
#ifndef WAYBILL_OCI_COMPRESS_COMPRESSION_H_
#define WAYBILL_OCI_COMPRESS_COMPRESSION_H_

#include <memory>

#include "oci/io/stream.h"

namespace waybill::oci::compress {

enum class Format { kNone, kGzip, kZstd };

// As many first bytes as DetectFormat looks at.
inline constexpr size_t kMagicBytes = 4;

// Told by the magic number at the start of `bytes`; fewer bytes than kMagicBytes are all there is.
Format DetectFormat(absl::string_view bytes);

// Reads `from` uncompressed. The format is told by the first bytes, which are read now; `format`, unless null, gets it.
absl::StatusOr<std::unique_ptr<io::Reader>> NewDecompressor(std::unique_ptr<io::Reader> from, Format* format = nullptr);

}  // namespace waybill::oci::compress

#endif  // WAYBILL_OCI_COMPRESS_COMPRESSION_H_
