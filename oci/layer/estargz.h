// SPDX-License-Identifier: Apache-2.0
// eStargz: a gzip layer whose files can be fetched one by one (stargz-snapshotter, docs/estargz.md).
#ifndef WAYBILL_OCI_LAYER_ESTARGZ_H_
#define WAYBILL_OCI_LAYER_ESTARGZ_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/digest.h"
#include "oci/io/stream.h"

namespace waybill::oci::layer {

// Annotations of the layer's descriptor.
inline constexpr absl::string_view kTocDigestAnnotation = "containerd.io/snapshot/stargz/toc.digest";
inline constexpr absl::string_view kUncompressedSizeAnnotation = "io.containers.estargz.uncompressed-size";

// One gzip member that is being written.
class GzipMember {
 public:
  virtual ~GzipMember() = default;
  virtual absl::Status Write(absl::string_view bytes) = 0;
  // Ends the member; all its bytes have been passed on then. `flushed`: as Go's Flush and Close end it, which is an
  // empty stored block more than Close alone.
  virtual absl::Status End(bool flushed) = 0;
};

// Makes the members of a layer. BuildKit's bytes come about with Go's deflate at the level of the export.
class GzipMembers {
 public:
  virtual ~GzipMembers() = default;
  // The member's bytes go to `to`, which outlives it. One member at a time is open.
  virtual absl::StatusOr<std::unique_ptr<GzipMember>> Begin(io::Writer& to) = 0;
};

struct EStargz {
  Digest toc_digest;          // of the table's JSON
  Digest diff_id;             // of everything that the layer unpacks to, the table included
  int64_t uncompressed_size;  // of the same
};

// Writes the uncompressed tar archive `tar` as an eStargz layer to `to`, which is not closed. The archive's own bytes
// stay as they are, what follows its end included; each file, and every 4 MiB of one, begins a member. Memory grows
// with the number of files, not their size (Toc). INVALID_ARGUMENT in BuildKit's words for an archive that has a table
// already, sparse files, or entries that the format does not have (a global PAX header), and when it is
// malformed.
absl::StatusOr<EStargz> WriteEStargz(const Context& context, io::Reader& tar, GzipMembers& members, io::Writer& to);

}  // namespace waybill::oci::layer

#endif  // WAYBILL_OCI_LAYER_ESTARGZ_H_
