// SPDX-License-Identifier: Apache-2.0
// A layer's blob made into another form: decompressed, its times lowered, compressed. ARCHITECTURE.md, "Life of an
// export".
#ifndef WAYBILL_OCI_LAYER_CONVERT_H_
#define WAYBILL_OCI_LAYER_CONVERT_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/deflate/engine.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/io/hashing.h"
#include "oci/io/stream.h"

namespace waybill::oci::layer {

// How a layer's tar archive is stored.
enum class Form { kUncompressed, kGzip, kEstargz, kZstd };

// How the deflate data of kGzip comes about: with the bytes of BuildKit, or by libdeflate, in fewer bytes and less
// time.
enum class GzipEngine { kExact, kFast };

struct Conversion {
  Form form = Form::kGzip;
  GzipEngine gzip_engine = GzipEngine::kExact;
  std::optional<int64_t> level;  // BuildKit's compression-level: Go's levels for gzip, any integer for zstd
  std::optional<int64_t> epoch;  // seconds since 1970: times later than this are lowered to it
  // How many bytes of the blob are the layer. An eStargz blob has its table of contents behind them.
  std::optional<int64_t> layer_bytes;
  friend auto operator<=>(const Conversion&, const Conversion&) = default;
};

// What the new blob unpacks to, and what its descriptor says besides media type, digest and size.
struct Converted {
  Digest diff_id;
  Annotations annotations;
};

// Converts `blob` and writes the new blob to `to`, which is not closed. Decompression runs on a thread of its own
// beside the compression. The source is read to its end, and the caller checks its digest and size then. That digest is
// the diff id too where the bytes stay as they are. Memory is constant, but for the table of an eStargz layer. eStargz
// has BuildKit's bytes, and gzip of kExact. Errors: INVALID_ARGUMENT for a blob that is corrupt, unpacks to more than
// the context allows or has a tar archive that cannot be read, written or held by eStargz, and for a level that gzip
// does not have; those of the streams.
absl::StatusOr<Converted> Convert(const Context& context, io::HashingReader& blob, const Conversion& conversion,
                                  deflate::Engine& engine, io::Writer& to);

}  // namespace waybill::oci::layer

#endif  // WAYBILL_OCI_LAYER_CONVERT_H_
