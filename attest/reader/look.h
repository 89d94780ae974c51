// SPDX-License-Identifier: Apache-2.0
// Blobs of attestations read as streams: looked at, and written out.
#ifndef WAYBILL_ATTEST_READER_LOOK_H_
#define WAYBILL_ATTEST_READER_LOOK_H_

#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attest/reader/content.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/io/stream.h"

namespace waybill::attest::reader {

// Blobs up to this size are read to the end, so that their connection can be used again and their digest is checked.
inline constexpr int64_t kSmallBlobBytes = 256 << 10;
// How far larger ones are read for their predicate type.
inline constexpr int64_t kLookBytes = 1 << 20;
inline constexpr int64_t kWholeBlob = std::numeric_limits<int64_t>::max();

// Reads the blob until the scanner has enough, `look_bytes` at most; to the end when it is small or `look_bytes` is
// kWholeBlob. Never in memory. Errors: NOT_FOUND; kVerification when a blob that was read to the end does not have the
// descriptor's digest and size, or when it is larger than that.
absl::StatusOr<Content> LookAt(const oci::Context& context, oci::content::Fetcher& from,
                               const oci::Descriptor& descriptor, int64_t look_bytes);

// What of a blob is written out.
enum class Part {
  kBlob,       // as it is
  kStatement,  // what an envelope or a bundle holds; a bare statement as it is
  kPredicate,  // the document in the statement
};

// Streams that part of the blob, which is of `kind`, to `out`, which is not closed. The digest is checked at the end:
// on an error what was written is worthless. Errors: those of LookAt; INVALID_ARGUMENT when the blob has no such part
// or two of them; `out`'s.
absl::Status WritePart(const oci::Context& context, oci::content::Fetcher& from, const oci::Descriptor& descriptor,
                       ContentKind kind, Part part, oci::io::Writer& out);

}  // namespace waybill::attest::reader

#endif  // WAYBILL_ATTEST_READER_LOOK_H_
