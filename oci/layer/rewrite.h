// SPDX-License-Identifier: Apache-2.0
// Layers with their times lowered, as BuildKit's rewrite-timestamp makes them.
#ifndef WAYBILL_OCI_LAYER_REWRITE_H_
#define WAYBILL_OCI_LAYER_REWRITE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "oci/io/stream.h"

namespace waybill::oci::layer {

// Copies the uncompressed tar archive `from` to `to`, entry by entry; times (mtime, atime, ctime) later than `epoch`
// (seconds since 1970) become `epoch`. The bytes are BuildKit's: headers are written anew in the form in which they
// came, and the archive ends with two zero blocks. That may change bytes even where no time changes. `from` is read to
// its end, because what reads below it (a decompressor, a hash) checks there; `to` is not closed. INVALID_ARGUMENT when
// the archive is malformed or an entry cannot be written in its form; BuildKit keeps such a layer as it is. Memory is
// bounded. What is written may be larger than what is read, as holes of sparse files are filled: the writer bounds
// that.
absl::Status RewriteTimestamps(const Context& context, io::Reader& from, int64_t epoch, io::Writer& to);

}  // namespace waybill::oci::layer

#endif  // WAYBILL_OCI_LAYER_REWRITE_H_
