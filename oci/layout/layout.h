// SPDX-License-Identifier: Apache-2.0
// The words of OCI image layouts (image-spec, image-layout.md), in directories and in archives, and how images are
// named in their index.
#ifndef WAYBILL_OCI_LAYOUT_LAYOUT_H_
#define WAYBILL_OCI_LAYOUT_LAYOUT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/image/manifest.h"

namespace waybill::oci::layout {

inline constexpr absl::string_view kLayoutFile = "oci-layout";
inline constexpr absl::string_view kIndexFile = "index.json";
// What `docker load` reads, beside the layout's own files.
inline constexpr absl::string_view kDockerManifestFile = "manifest.json";

inline constexpr absl::string_view kLayoutJson = R"({"imageLayoutVersion":"1.0.0"})";

inline constexpr absl::string_view kImageName = "io.containerd.image.name";
inline constexpr absl::string_view kRefName = "org.opencontainers.image.ref.name";

// "blobs/<algorithm>/<hex>".
std::string BlobPath(const Digest& digest);

// Of an entry that is no image: the digest of the manifest that it refers to, as an attestation or a signature does.
inline constexpr absl::string_view kSubjectDigest = "io.containerd.manifest.subject";

// What containerd makes of "host/path:tag@digest" for the annotation kRefName: the part after the first ":" or "@" of
// the path. A digest without a tag keeps its "@" in a directory; in an archive the whole name stands for it.
std::string RefNameInDirectory(absl::string_view name);
std::string RefNameInArchive(absl::string_view name);

// `root` with the two annotations.
Descriptor NamedRoot(Descriptor root, absl::string_view image_name, absl::string_view ref_name);

// The image that `reference` means in a layout's index: an image name, a reference name or a digest, in this order; an
// empty one means the only image. Errors: NOT_FOUND naming the reference; INVALID_ARGUMENT when it stands for several
// images, or when it is empty and there are several; both tell the names. One image under several names is one image.
absl::StatusOr<Descriptor> FindImage(const image::Index& index, absl::string_view reference);

// The entries of the layout's index that refer to the manifest `subject`.
std::vector<Descriptor> FindReferrers(const image::Index& index, const Digest& subject);

// Errors: INVALID_ARGUMENT when `bytes` is no oci-layout file, UNIMPLEMENTED when its version is not 1.0.0.
absl::Status CheckLayoutFile(absl::string_view bytes);

// Larger ones are refused.
inline constexpr int64_t kMaxLayoutFileBytes = 4096;

}  // namespace waybill::oci::layout

#endif  // WAYBILL_OCI_LAYOUT_LAYOUT_H_
