// SPDX-License-Identifier: Apache-2.0
// The documents of an image whose layers have become other blobs with the same contents: as they would be, had the
// image been built with those blobs. The bytes of the documents are edited, so that all else stays as it was.
#ifndef WAYBILL_EXPORTER_DOCUMENTS_NEW_LAYERS_H_
#define WAYBILL_EXPORTER_DOCUMENTS_NEW_LAYERS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/io/stream.h"

namespace waybill::exporter::documents {

// `manifest` with `layers` in the places of its own, which are as many. Type, digest, size, URLs and annotations of
// those that have another digest are set. Errors: INVALID_ARGUMENT for a manifest that is malformed or has one of these
// fields twice.
absl::StatusOr<std::string> WithLayers(absl::string_view manifest, const std::vector<oci::Descriptor>& layers);

// The diff ids in an image's config, and the config with others in their places, which are as many. Errors:
// INVALID_ARGUMENT for a config that is malformed, or has none.
absl::StatusOr<std::vector<oci::Digest>> DiffIdsOf(absl::string_view config);
absl::StatusOr<std::string> WithDiffIds(absl::string_view config, const std::vector<oci::Digest>& diff_ids);

// `document` with every digest in the map replaced by the other one, wherever its 64 digits stand.
using NewDigests = std::map<oci::Digest, oci::Digest>;
std::string WithDigests(absl::string_view document, const NewDigests& digests);

// The same for a statement of any size, as it is written: the digest of the image's manifest wherever it stands, and
// those of layers where an SPDX document names them as BuildKit does ("layerID: sha256:..."). Elsewhere the digits of a
// layer without compression may be its diff id, which stays. Passes on as many bytes as it gets. Not thread-safe.
class StatementWriter final : public oci::io::Writer {
 public:
  // `to` outlives this, and is not closed.
  StatementWriter(oci::io::Writer& to, const NewDigests& manifests, const NewDigests& layers)
      : to_(to), manifests_(manifests), layers_(layers) {}

  absl::Status Write(absl::string_view bytes) override;
  // Passes on the rest.
  absl::Status Close() override;

 private:
  // Replaces what is complete in held_.
  void Replace();

  oci::io::Writer& to_;
  const NewDigests& manifests_;
  const NewDigests& layers_;
  std::string held_;
};

}  // namespace waybill::exporter::documents

#endif  // WAYBILL_EXPORTER_DOCUMENTS_NEW_LAYERS_H_
